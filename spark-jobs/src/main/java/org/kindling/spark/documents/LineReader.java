package org.kindling.spark.documents;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.hadoop.fs.FSDataInputStream;
import org.kindling.storage.Storage;

/**
 * Lines of bytes, each with its place in the (decompressed) file. Lines end with {@code \n}, {@code
 * \r\n} or the file; long ones come in fragments. Not thread-safe.
 */
final class LineReader implements Closeable {
  private static final byte[] NO_BREAK = {};
  private static final byte[] LINE_FEED = {'\n'};
  private static final byte[] RETURN_AND_LINE_FEED = {'\r', '\n'};

  private final FilePart part;
  private final int longest;
  private final InputStream in;
  private final SourceStream blocks;
  private final byte[] buffer = new byte[1 << 16];
  private int next;
  private int end;
  private byte[] fragment = new byte[1 << 12];
  private int length;
  private int carried;
  private byte[] lineBreak = LINE_FEED;
  private long position;
  private long start;
  private long lines;
  private boolean whole;
  private boolean beyond;
  private long blockOfLastBreak;

  /**
   * Starts at the first line that begins in the part.
   *
   * @param longest bytes of a fragment
   */
  LineReader(Storage storage, FilePart part, int longest) throws IOException {
    this.part = part;
    this.longest = longest;
    boolean compressed = Compression.ofName(part.fileName()) != Compression.NONE;
    if (part.from() == 0) {
      SourceStream source = SourceStream.whole(storage, part);
      this.in = source;
      this.blocks = compressed ? source : null;
    } else if (compressed) {
      this.blocks = SourceStream.blocks(storage, part);
      this.in = blocks;
      skipEarlierBlocks();
    } else {
      FSDataInputStream raw = storage.open(part.path());
      this.in = raw;
      this.blocks = null;
      // One byte earlier: if that is a line break, a line begins exactly at from.
      raw.seek(part.from() - 1);
      this.position = part.from() - 1;
      skipLine();
    }
  }

  /** A line of a split bzip2 file belongs to the part with the block of the break before it. */
  private void skipEarlierBlocks() throws IOException {
    do {
      if (!fill()) {
        return;
      }
    } while (blocks.block() <= part.from());
    skipLine();
    position = 0;
    start = 0;
  }

  private void skipLine() throws IOException {
    while (advance() && !endsLine()) {
      // the rest of a line that began in the part before
    }
    lineBreak = LINE_FEED;
  }

  /** Whether there is another line, or fragment of one. */
  boolean advance() throws IOException {
    whole = endsLine();
    if (whole) {
      start = position;
      lines++;
      beyond = blocks == null ? part.endsBefore(start) : blockEndsPart(blockOfLastBreak);
    }
    lineBreak = NO_BREAK;
    takeCarried();
    while (true) {
      if (next == end && !fill()) {
        return length > 0;
      }
      int stop = Math.min(end, next + longest - length);
      int at = next;
      while (at < stop && buffer[at] != '\n') {
        at++;
      }
      append(at - next);
      if (next < end && buffer[next] == '\n') {
        endLine();
        return true;
      }
      if (next < end && length == longest) {
        cut();
        return true;
      }
    }
  }

  /** Whether the mark of a block lies behind the part; the next part reads it. */
  private boolean blockEndsPart(long block) {
    return part.to() < part.sizeBytes() && block > part.to();
  }

  private void takeCarried() {
    length = carried;
    if (carried > 0) {
      fragment[0] = '\r';
      carried = 0;
    }
  }

  /** A return at a fragment's end may be half a line break. */
  private void cut() {
    whole = false;
    if (fragment[length - 1] == '\r') {
      length--;
      carried = 1;
    }
  }

  private void append(int count) {
    if (length + count > fragment.length) {
      fragment =
          Arrays.copyOf(
              fragment, (int) Math.min(longest, Math.max(length + count, 2L * fragment.length)));
    }
    System.arraycopy(buffer, next, fragment, length, count);
    length += count;
    next += count;
    position += count;
  }

  private void endLine() {
    next++;
    position++;
    blockOfLastBreak = blocks == null ? 0 : blocks.block();
    lineBreak = LINE_FEED;
    if (length > 0 && fragment[length - 1] == '\r') {
      length--;
      lineBreak = RETURN_AND_LINE_FEED;
    }
  }

  private boolean fill() throws IOException {
    next = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  /** The fragment, in the first {@link #length} bytes; overwritten by the next {@link #advance}. */
  byte[] bytes() {
    return fragment;
  }

  /** Bytes of the fragment, a line break not counted. */
  int length() {
    return length;
  }

  /** Whether a line break follows; at the end of a file, none does. */
  boolean endsLine() {
    return lineBreak.length > 0;
  }

  /** Whether the fragment is a whole line. */
  boolean isWhole() {
    return whole;
  }

  /** The line break after the fragment: empty, {@code \n} or {@code \r\n}. */
  byte[] lineBreak() {
    return lineBreak;
  }

  /** Where the line begins. */
  long start() {
    return start;
  }

  /** Where the next fragment begins. */
  long end() {
    return position - carried;
  }

  /** Whether the line belongs to a later part of the file. */
  boolean beyondPart() {
    return beyond;
  }

  /** The number of the line, from 1; 0 if reading started in the middle of the file. */
  long number() {
    return part.from() == 0 ? lines : 0;
  }

  /** The file; one that is decompressed from its middle, with where that is. */
  String source() {
    return blocks != null && part.from() > 0
        ? part.name() + " (decompressed from byte " + part.from() + ")"
        : part.name();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
