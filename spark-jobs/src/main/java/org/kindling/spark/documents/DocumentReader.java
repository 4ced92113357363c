package org.kindling.spark.documents;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import org.kindling.storage.Storage;

/**
 * Streams the documents of a group, one at a time. Empty documents are left out. For one thread.
 *
 * <pre>{@code
 * try (DocumentReader documents = new DocumentReader(storage, group, rules)) {
 *   for (String text = documents.next(); text != null; text = documents.next()) {
 *     writer.add(text);
 *   }
 * }
 * }</pre>
 */
public final class DocumentReader implements Closeable {
  private final Storage storage;
  private final DocumentRules rules;
  private final Iterator<FilePart> parts;
  private final TextDecoder decoder;
  private PartReader current;

  public DocumentReader(Storage storage, DocumentGroup group, DocumentRules rules) {
    this.storage = storage;
    this.rules = rules;
    this.parts = group.parts().iterator();
    this.decoder = new TextDecoder(rules.onMalformed());
  }

  /** The next document; null after the last. */
  public String next() throws IOException {
    while (current != null || parts.hasNext()) {
      if (current == null) {
        current = open(parts.next());
      }
      while (current.advance()) {
        if (current.text() != null && !current.text().isEmpty()) {
          return current.text();
        }
      }
      current.close();
      current = null;
    }
    return null;
  }

  private PartReader open(FilePart part) throws IOException {
    String name = part.path().getName();
    return switch (rules.formatOf(name)) {
      case JSONL -> new JsonLinesReader(storage, part, rules.textField(), decoder);
      case PARQUET -> new ParquetTextReader(storage, part, rules.textColumn(), decoder);
      case TXT ->
          rules.separator() == null
              ? new WholeFileReader(storage, part, decoder)
              : new SeparatedReader(storage, part, rules.separator(), decoder);
    };
  }

  /** Where the document last given is: file, and byte or row. */
  public String where() {
    return current == null ? "" : current.where();
  }

  /** Malformed documents left out so far. */
  public long skipped() {
    return decoder.skipped();
  }

  @Override
  public void close() throws IOException {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
