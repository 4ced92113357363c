package org.kindling.storage;

import java.io.Serializable;

/**
 * What a manifest records of a file.
 *
 * @param sizeBytes length in bytes
 * @param crc32c CRC-32C (Castagnoli, RFC 3720) of the whole file, as 8 hexadecimal digits
 */
public record FileChecksum(long sizeBytes, String crc32c) implements Serializable {
  static FileChecksum of(long sizeBytes, long crc) {
    return new FileChecksum(sizeBytes, String.format("%08x", crc));
  }
}
