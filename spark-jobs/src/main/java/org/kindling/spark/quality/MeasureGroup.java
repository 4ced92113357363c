package org.kindling.spark.quality;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.TaskCompletionListener;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.DocumentReader;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.MalformedDocumentException;

/** The first pass over one group: a {@link Measured} record of each document. */
final class MeasureGroup implements FlatMapFunction<DocumentGroup, byte[]> {
  private final Documents documents;
  private final QualitySettings settings;

  MeasureGroup(Documents documents, QualitySettings settings) {
    this.documents = documents;
    this.settings = settings;
  }

  @Override
  public Iterator<byte[]> call(DocumentGroup group) throws IOException {
    DocumentReader reader = documents.reader(group);
    TaskCompletionListener close = context -> close(reader);
    TaskContext.get().addTaskCompletionListener(close);
    return new Measures(reader, group.number(), settings);
  }

  private static void close(DocumentReader reader) {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Measures implements Iterator<byte[]> {
    private final DocumentReader reader;
    private final int group;
    private final QualitySettings settings;
    private DocumentMeasure measure;
    private byte[] ahead;

    Measures(DocumentReader reader, int group, QualitySettings settings) {
      this.reader = reader;
      this.group = group;
      this.settings = settings;
      this.measure = new DocumentMeasure(settings);
    }

    @Override
    public boolean hasNext() {
      try {
        while (ahead == null && reader.nextDocument()) {
          ahead = measured();
        }
        return ahead != null;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private byte[] measured() throws IOException {
      try {
        return measure.measure(reader, group);
      } catch (MalformedDocumentException e) {
        // Half a document is in it.
        measure = new DocumentMeasure(settings);
        return null;
      }
    }

    @Override
    public byte[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      byte[] record = ahead;
      ahead = null;
      return record;
    }
  }
}
