package org.kindling.spark.documents;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import org.kindling.storage.Storage;

/**
 * Streams the documents of a group, one at a time, as well-formed UTF-8 in the normalization form
 * the rules ask for. Empty documents are left out. For one thread.
 *
 * <pre>{@code
 * try (DocumentReader documents = new DocumentReader(storage, group, rules)) {
 *   for (String text = documents.next(); text != null; text = documents.next()) {
 *     writer.add(text);
 *   }
 * }
 * }</pre>
 *
 * <p>Documents of any length pass in bounded memory, piece by piece. With {@link OnMalformed#SKIP}
 * a long one may turn out to be malformed after some of it was given:
 *
 * <pre>{@code
 * while (documents.nextDocument()) {
 *   try {
 *     for (int n = documents.read(utf8, 0, utf8.length); n > 0; n = documents.read(utf8, 0, utf8.length)) {
 *       writer.append(utf8, n);
 *     }
 *     writer.endDocument();
 *   } catch (MalformedDocumentException e) {
 *     writer.forgetDocument();
 *   }
 * }
 * }</pre>
 */
public final class DocumentReader implements Closeable {
  /** Documents up to this size are known to be well-formed before any of them is given. */
  private static final int AHEAD_BYTES = 1 << 16;

  private static final int MOST_BYTES_AT_ONCE = 1 << 30;

  private final Storage storage;
  private final DocumentRules rules;
  private final List<FilePart> parts;
  private final LongPredicate leftOut;
  private int part = -1;
  private PartReader current;
  private final ValidText valid;
  private final ComposedText composed;
  private long ordinal = -1;
  private long skipped;
  private final byte[] ahead = new byte[AHEAD_BYTES];
  private int aheadGiven;
  private int aheadBytes;
  private boolean moreThanAhead;
  private byte[] whole = new byte[AHEAD_BYTES];

  public DocumentReader(Storage storage, DocumentGroup group, DocumentRules rules) {
    this(storage, group, rules, ordinal -> false);
  }

  /** A reader that passes over the documents that are left out, by their {@link #ordinal}. */
  public DocumentReader(
      Storage storage, DocumentGroup group, DocumentRules rules, LongPredicate leftOut) {
    this.leftOut = leftOut;
    this.storage = storage;
    this.rules = rules;
    this.parts = group.parts();
    this.valid = new ValidText(rules.onMalformed());
    this.composed = new ComposedText(valid);
  }

  /**
   * Goes on to the next document; what was not read of the one before is passed over.
   *
   * @return false after the last
   */
  public boolean nextDocument() throws IOException {
    while (current != null || part + 1 < parts.size()) {
      if (current == null) {
        open(parts.get(++part));
      }
      while (advance()) {
        if (aheadBytes > 0) {
          return true;
        }
      }
      current.close();
      current = null;
    }
    return false;
  }

  /** Whether the part has another record; it has no bytes if it is empty, skipped or left out. */
  private boolean advance() throws IOException {
    aheadGiven = 0;
    aheadBytes = 0;
    moreThanAhead = false;
    ordinal++;
    try {
      if (!current.advance()) {
        ordinal--;
        return false;
      }
      if (leftOut.test(ordinal)) {
        return true;
      }
      valid.start(current);
      composed.restart();
      readAhead();
    } catch (MalformedDocumentException e) {
      aheadBytes = 0;
      skip(e);
    }
    return true;
  }

  private void readAhead() throws IOException {
    while (aheadBytes <= ahead.length - 4) {
      int count = readText(ahead, aheadBytes, ahead.length - aheadBytes);
      if (count < 0) {
        return;
      }
      aheadBytes += count;
    }
    moreThanAhead = true;
  }

  private int readText(byte[] utf8, int from, int length) throws IOException {
    return rules.normalization() == Normalization.NFC
        ? composed.read(utf8, from, length)
        : valid.read(utf8, from, length);
  }

  /** Counts a malformed document, or ends the job. */
  private void skip(MalformedDocumentException problem) throws IOException {
    if (rules.onMalformed() != OnMalformed.SKIP) {
      throw problem.fatal();
    }
    skipped++;
  }

  /**
   * Reads on in the current document.
   *
   * @param utf8 gets whole characters
   * @param length at least 4
   * @return the number of bytes, at least 1; -1 at the document's end
   * @throws MalformedDocumentException if the document is to be forgotten
   */
  public int read(byte[] utf8, int from, int length) throws IOException {
    if (aheadGiven < aheadBytes) {
      int most = Math.min(aheadBytes, aheadGiven + length);
      int cut = Utf8Validator.boundary(ahead, aheadGiven, most, aheadBytes);
      int count = cut - aheadGiven;
      System.arraycopy(ahead, aheadGiven, utf8, from, count);
      aheadGiven = cut;
      return count;
    }
    if (!moreThanAhead) {
      return -1;
    }
    try {
      int count = readText(utf8, from, length);
      moreThanAhead = count >= 0;
      return count;
    } catch (MalformedDocumentException e) {
      moreThanAhead = false;
      skip(e);
      throw e;
    }
  }

  /**
   * The next document as a whole; null after the last.
   *
   * @throws IllegalArgumentException if it has more than 1 GiB
   */
  public String next() throws IOException {
    while (nextDocument()) {
      try {
        return text();
      } catch (MalformedDocumentException e) {
        // Counted already: on to the next.
      }
    }
    return null;
  }

  private String text() throws IOException {
    int bytes = 0;
    for (int n = read(whole, 0, whole.length);
        n > 0;
        n = read(whole, bytes, whole.length - bytes)) {
      bytes += n;
      if (bytes > MOST_BYTES_AT_ONCE) {
        throw new IllegalArgumentException(
            where()
                + ": has more than "
                + MOST_BYTES_AT_ONCE
                + " bytes, the most that one document can have here; split it, or name the line"
                + " between its documents with --document-separator");
      }
      if (whole.length - bytes < 4) {
        whole = Arrays.copyOf(whole, 2 * whole.length);
      }
    }
    return new String(whole, 0, bytes, StandardCharsets.UTF_8);
  }

  private void open(FilePart next) throws IOException {
    String name = next.fileName();
    current =
        switch (rules.formatOf(name)) {
          case JSONL -> new JsonLinesReader(storage, next, rules.textField(), rules.onMalformed());
          case PARQUET -> new ParquetTextReader(storage, next, rules.textColumn());
          case TXT ->
              rules.separator() == null
                  ? new WholeFileReader(storage, next)
                  : new SeparatedReader(storage, next, rules.separator());
        };
  }

  /** Where the current document is: file, and byte or row. */
  public String where() {
    return current == null ? "" : current.where();
  }

  /**
   * The number of the current document among all of the group, from 0; empty and malformed ones are
   * counted too, so that it depends on nothing but the group's bytes.
   */
  public long ordinal() {
    return ordinal;
  }

  /** The index of the current document's file among the parts of the group. */
  public int part() {
    return part;
  }

  /** The current document's first byte in its (decompressed) file, or its row. */
  public long position() {
    return current.position();
  }

  /** Malformed documents left out so far. */
  public long skipped() {
    return skipped;
  }

  @Override
  public void close() throws IOException {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
