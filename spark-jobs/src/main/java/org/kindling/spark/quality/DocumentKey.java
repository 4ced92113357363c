package org.kindling.spark.quality;

import java.nio.ByteBuffer;

/**
 * A document, by its place. As bytes it sorts in the order of the corpus.
 *
 * @param group of the corpus
 * @param ordinal in the group
 * @param part of the group: its file
 * @param position first byte in the file, or row
 * @param sizeBytes of its text
 */
record DocumentKey(int group, long ordinal, int part, long position, long sizeBytes) {
  static final int BYTES = 32;

  void write(ByteBuffer into) {
    into.putInt(group).putLong(ordinal).putInt(part).putLong(position).putLong(sizeBytes);
  }

  static DocumentKey read(ByteBuffer from) {
    return new DocumentKey(
        from.getInt(), from.getLong(), from.getInt(), from.getLong(), from.getLong());
  }

  /** The group of a key's bytes. */
  static int group(byte[] key) {
    return ByteBuffer.wrap(key).getInt();
  }
}
