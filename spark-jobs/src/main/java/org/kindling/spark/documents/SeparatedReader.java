package org.kindling.spark.documents;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.kindling.storage.Storage;

/**
 * Documents of a text file between lines that equal the separator. The line break before a
 * separator, or at the end of the file, is no part of the document. Holds no more of a document
 * than one fragment of a line.
 */
final class SeparatedReader implements PartReader {
  private static final int FRAGMENT_BYTES = 1 << 16;
  private static final byte[] NOTHING = {};

  private final byte[] separator;
  private final LineReader lines;
  private long start;

  /** Whether a document begins where {@link #lines} stand. */
  private boolean inside;

  private boolean open;

  /** The break after the fragment; part of the document only if more follows. */
  private byte[] pending = NOTHING;

  /** The break before the fragment, and how much of it has been given. */
  private byte[] before = NOTHING;

  private int beforeGiven;
  private int fragmentBytes;
  private int fragmentGiven;

  SeparatedReader(Storage storage, FilePart part, String separator) throws IOException {
    this.separator = separator.getBytes(StandardCharsets.UTF_8);
    int longest = Math.max(FRAGMENT_BYTES, this.separator.length + 2);
    this.lines = new LineReader(storage, part, longest);
    this.inside = part.from() == 0;
  }

  @Override
  public boolean advance() throws IOException {
    while (open) {
      nextFragment();
    }
    if (!inside && !findSeparator()) {
      return false;
    }
    inside = false;
    open = true;
    pending = NOTHING;
    start = lines.end();
    return true;
  }

  /** A document belongs to the part its separator line begins in, however far it reaches. */
  private boolean findSeparator() throws IOException {
    while (lines.advance()) {
      if (lines.beyondPart()) {
        return false;
      }
      if (isSeparator()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    while (beforeGiven == before.length && fragmentGiven == fragmentBytes) {
      if (!open) {
        return -1;
      }
      nextFragment();
    }
    if (beforeGiven < before.length) {
      bytes[from] = before[beforeGiven++];
      return 1;
    }
    int count = Math.min(length, fragmentBytes - fragmentGiven);
    System.arraycopy(lines.bytes(), fragmentGiven, bytes, from, count);
    fragmentGiven += count;
    return count;
  }

  private void nextFragment() throws IOException {
    before = NOTHING;
    beforeGiven = 0;
    fragmentBytes = 0;
    fragmentGiven = 0;
    if (!lines.advance()) {
      open = false;
    } else if (isSeparator()) {
      open = false;
      inside = !lines.beyondPart();
    } else {
      before = pending;
      pending = lines.lineBreak();
      fragmentBytes = lines.length();
    }
  }

  private boolean isSeparator() {
    return lines.isWhole()
        && Arrays.equals(lines.bytes(), 0, lines.length(), separator, 0, separator.length);
  }

  @Override
  public long position() {
    return start;
  }

  @Override
  public String source() {
    return lines.source();
  }

  @Override
  public long textStart() {
    return start;
  }

  @Override
  public String where() {
    return lines.source() + ", byte " + start;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
