package org.kindling.spark.documents;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.hadoop.fs.FSDataInputStream;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * Lines of bytes, each with its place in the (decompressed) file. Lines end with {@code \n}, {@code
 * \r\n} or the file. Not thread-safe.
 */
final class LineReader implements Closeable {
  private static final int LONGEST_LINE = 1 << 30;

  private final String file;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private int next;
  private int end;
  private long position;
  private byte[] line = new byte[1 << 12];
  private int length;
  private long start;
  private int terminator;

  /** Starts at the first line that begins at or after {@code part.from()}. */
  LineReader(Storage storage, FilePart part) throws IOException {
    this.file = part.name();
    FSDataInputStream raw = storage.open(part.path());
    if (part.from() == 0) {
      this.in = SourceStream.decompressed(raw, part);
      return;
    }
    // One byte earlier: if that is a line break, a line begins exactly at from.
    raw.seek(part.from() - 1);
    this.in = raw;
    this.position = part.from() - 1;
    advance();
  }

  /** Whether there is another line. */
  boolean advance() throws IOException {
    length = 0;
    terminator = 0;
    start = position;
    while (true) {
      if (next == end && !fill()) {
        return length > 0;
      }
      int at = next;
      while (at < end && buffer[at] != '\n') {
        at++;
      }
      append(at - next);
      if (at < end) {
        next++;
        position++;
        endLine();
        return true;
      }
    }
  }

  private void append(int count) throws IOException {
    if (length + (long) count > LONGEST_LINE) {
      throw new CorruptFileException(
          file, start, "a line of more than " + LONGEST_LINE + " bytes cannot be a document");
    }
    if (length + count > line.length) {
      line = Arrays.copyOf(line, Math.min(LONGEST_LINE, Math.max(length + count, 2 * line.length)));
    }
    System.arraycopy(buffer, next, line, length, count);
    length += count;
    next += count;
    position += count;
  }

  private void endLine() {
    terminator = 1;
    if (length > 0 && line[length - 1] == '\r') {
      length--;
      terminator = 2;
    }
  }

  private boolean fill() throws IOException {
    end = in.read(buffer);
    next = 0;
    if (end <= 0) {
      end = 0;
      return false;
    }
    return true;
  }

  /** The line in the first {@link #length} bytes; overwritten by the next {@link #advance}. */
  byte[] bytes() {
    return line;
  }

  /** Bytes of the line, its line break not counted. */
  int length() {
    return length;
  }

  /** The line break that ends the line: empty, {@code \n} or {@code \r\n}. */
  String lineBreak() {
    return switch (terminator) {
      case 0 -> "";
      case 1 -> "\n";
      default -> "\r\n";
    };
  }

  /** Where the line begins. */
  long start() {
    return start;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
