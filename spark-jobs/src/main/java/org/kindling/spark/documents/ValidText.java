package org.kindling.spark.documents;

import java.io.IOException;
import org.kindling.storage.CorruptFileException;

/** The records of {@link PartReader}s, one at a time, as well-formed UTF-8. Not thread-safe. */
final class ValidText {
  private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

  private PartReader source;
  private final OnMalformed onMalformed;
  private final byte[] raw = new byte[1 << 16];
  private int start;
  private int valid;
  private int end;
  private boolean ended;
  private long passed;

  ValidText(OnMalformed onMalformed) {
    this.onMalformed = onMalformed;
  }

  /**
   * Begins a record.
   *
   * @param source at its start
   */
  void start(PartReader source) {
    this.source = source;
    start = 0;
    valid = 0;
    end = 0;
    ended = false;
    passed = 0;
  }

  /**
   * Some whole characters; -1 at the record's end.
   *
   * @param length at least 4
   * @throws MalformedDocumentException if the record is malformed and bytes are not to be replaced
   */
  int read(byte[] utf8, int from, int length) throws IOException {
    while (start == valid) {
      valid = Utf8Validator.wellFormed(raw, start, end);
      if (start < valid) {
        break;
      }
      int bad = start == end ? 0 : -Utf8Validator.character(raw, start, end);
      if (bad == 0 && !ended) {
        fill();
      } else if (start == end) {
        return -1;
      } else {
        return replace(bad == 0 ? end - start : bad, utf8, from);
      }
    }
    int cut = Utf8Validator.boundary(raw, start, Math.min(valid, start + length), valid);
    int count = cut - start;
    System.arraycopy(raw, start, utf8, from, count);
    start = cut;
    return count;
  }

  private void fill() throws IOException {
    passed += start;
    System.arraycopy(raw, start, raw, 0, end - start);
    end -= start;
    start = 0;
    valid = 0;
    int count = source.read(raw, end, raw.length - end);
    ended = count < 0;
    end += Math.max(0, count);
  }

  private int replace(int bad, byte[] utf8, int from) throws IOException {
    if (onMalformed != OnMalformed.REPLACE) {
      throw new MalformedDocumentException(notText());
    }
    start += bad;
    valid = start;
    System.arraycopy(REPLACEMENT, 0, utf8, from, REPLACEMENT.length);
    return REPLACEMENT.length;
  }

  private CorruptFileException notText() {
    long offset = source.textStart() + passed + start;
    return notText(source.source(), offset, raw, start);
  }

  /**
   * The error of a byte that is not UTF-8.
   *
   * @param offset of that byte in the source
   * @param at its index
   */
  static CorruptFileException notText(String source, long offset, byte[] bytes, int at) {
    boolean gzip = offset == 1 && at == 1 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
    return new CorruptFileException(
        source,
        offset,
        String.format("expected UTF-8 text, found 0x%02x; ", bytes[at])
            + (gzip
                ? "the file looks gzipped, name it .gz"
                : "convert the file, or choose --on-malformed skip or replace"));
  }
}
