package org.kindling.corpus;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;

/**
 * Numbers at any place of a file, through {@link PageCache}: what is looked at often, such as the
 * middle of an index, is read once. For one thread.
 */
final class PagedFile {
  private final Path path;
  private final long sizeBytes;
  private final String name;
  private final OpenFiles files;
  private final PageCache cache;

  /** The page that was used last, so that neighbours cost no look-up. */
  private byte[] page = new byte[0];

  private long pageNumber = -1;

  PagedFile(Path path, FileChecksum checksum, OpenFiles files, PageCache cache) {
    this.path = path;
    this.sizeBytes = checksum.sizeBytes();
    this.name = path + " " + checksum.crc32c();
    this.files = files;
    this.cache = cache;
  }

  /** The little-endian number of eight bytes at a position. */
  long longAt(long position) throws IOException {
    int within = turnTo(position);
    if (within + Long.BYTES <= page.length) {
      return ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getLong(within);
    }
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      int at = turnTo(position + i);
      value |= (page[at] & 0xffL) << 8 * i;
    }
    return value;
  }

  /** Makes the page of a byte the current one; answers where in it the byte is. */
  private int turnTo(long position) throws IOException {
    if (position < 0 || position >= sizeBytes) {
      throw new CorruptFileException(
          path.toString(), sizeBytes, "ends before byte " + position + "; the file is truncated");
    }
    long number = position / PageCache.PAGE_BYTES;
    if (number != pageNumber) {
      page = cache.get(new PageCache.Key(name, number), () -> load(number));
      pageNumber = number;
    }
    return (int) (position - number * PageCache.PAGE_BYTES);
  }

  private byte[] load(long number) throws IOException {
    long from = number * PageCache.PAGE_BYTES;
    byte[] bytes = new byte[(int) Math.min(PageCache.PAGE_BYTES, sizeBytes - from)];
    try {
      files.get(path).readFully(from, bytes);
    } catch (EOFException e) {
      throw new CorruptFileException(
          path.toString(), from, "expected " + sizeBytes + " bytes; the file is truncated");
    }
    return bytes;
  }
}
