package org.kindling.spark.documents;

import java.io.IOException;
import java.io.InputStream;
import org.kindling.storage.Storage;

/** A text file as one document. */
final class WholeFileReader implements PartReader {
  private static final int MOST_BYTES = 1 << 30;

  private final Storage storage;
  private final FilePart part;
  private final TextDecoder decoder;
  private boolean done;
  private String text;

  WholeFileReader(Storage storage, FilePart part, TextDecoder decoder) {
    this.storage = storage;
    this.part = part;
    this.decoder = decoder;
  }

  @Override
  public boolean advance() throws IOException {
    if (done) {
      return false;
    }
    done = true;
    try (InputStream in = SourceStream.decompressed(storage.open(part.path()), part)) {
      byte[] bytes = in.readNBytes(MOST_BYTES);
      if (bytes.length == MOST_BYTES) {
        throw new IllegalArgumentException(
            part.name()
                + ": has more than "
                + MOST_BYTES
                + " bytes, the most that one document can have; split it, or name the line"
                + " between its documents with --document-separator");
      }
      text = decoder.decode(bytes, bytes.length, part.name(), 0);
    }
    return true;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public String where() {
    return part.name();
  }

  @Override
  public void close() {}
}
