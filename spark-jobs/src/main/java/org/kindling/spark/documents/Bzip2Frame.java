package org.kindling.spark.documents;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.kindling.storage.CorruptFileException;

/**
 * The first and last bytes of a bzip2 file. Hadoop looks for the marks of blocks and takes a file
 * without any, or one that was cut between two, for one that ends there.
 */
final class Bzip2Frame {
  private static final long END_MARK = 0x177245385090L;

  /** An end mark of 48 bits, a checksum of 32 and up to 7 bits that fill the byte. */
  private static final int END_BYTES = 11;

  private Bzip2Frame() {}

  /** Refuses a file that does not begin and end as bzip2 files do; moves the stream's place. */
  static void require(FSDataInputStream raw, FilePart part) throws IOException {
    byte[] head = new byte[4];
    if (part.sizeBytes() < head.length + END_BYTES - 1) {
      throw damaged(part, 0, "is too short");
    }
    raw.readFully(0, head);
    if (head[0] != 'B' || head[1] != 'Z' || head[2] != 'h' || head[3] < '1' || head[3] > '9') {
      throw damaged(part, 0, "does not begin as bzip2 files do");
    }
    byte[] tail = new byte[END_BYTES];
    raw.readFully(part.sizeBytes() - END_BYTES, tail);
    if (!endsStream(tail)) {
      throw damaged(part, part.sizeBytes() - END_BYTES, "does not end as bzip2 files do");
    }
    raw.seek(0);
  }

  private static boolean endsStream(byte[] tail) {
    for (int bit = 0; bit <= 8 * (END_BYTES - 10); bit++) {
      long mark = 0;
      for (int i = bit; i < bit + 48; i++) {
        mark = mark << 1 | tail[i / 8] >> (7 - i % 8) & 1;
      }
      if (mark == END_MARK) {
        return true;
      }
    }
    return false;
  }

  private static CorruptFileException damaged(FilePart part, long offset, String problem) {
    return new CorruptFileException(
        part.name(),
        offset,
        "cannot be decompressed (it " + problem + "); the file is truncated or damaged");
  }
}
