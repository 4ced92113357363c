package org.kindling.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.Path;

/**
 * What a manifest records of a file.
 *
 * @param sizeBytes length in bytes
 * @param crc32c CRC-32C (Castagnoli, RFC 3720) of the whole file, as 8 hexadecimal digits
 */
public record FileChecksum(long sizeBytes, String crc32c) implements Serializable {
  private static final int BUFFER_BYTES = 1 << 18;

  static FileChecksum of(long sizeBytes, long crc) {
    return new FileChecksum(sizeBytes, String.format("%08x", crc));
  }

  /** Of all that is left of a stream. */
  static FileChecksum of(InputStream in) throws IOException {
    CRC32C crc = new CRC32C();
    byte[] buffer = new byte[BUFFER_BYTES];
    long size = 0;
    for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
      crc.update(buffer, 0, n);
      size += n;
    }
    return of(size, crc.getValue());
  }

  void requireSize(Path file, long found) throws CorruptFileException {
    if (found != sizeBytes) {
      throw new CorruptFileException(
          file.toString(),
          Math.min(found, sizeBytes),
          "expected " + sizeBytes + " bytes, found " + found + "; restore the file");
    }
  }

  void requireSame(Path file, FileChecksum found) throws CorruptFileException {
    if (!found.equals(this)) {
      throw new CorruptFileException(
          file.toString(),
          0,
          "expected CRC-32C "
              + crc32c
              + ", found "
              + found.crc32c
              + "; the content has changed since it was written, restore the file");
    }
  }
}
