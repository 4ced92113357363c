package org.kindling.spark.quality;

import java.nio.ByteBuffer;

/**
 * A document that is left out. As bytes it sorts by its place.
 *
 * @param key of the document
 * @param reason why
 * @param score what the reason was decided by
 * @param survivor the document that stays in its place; null if it is no duplicate
 */
record Dropped(DocumentKey key, DropReason reason, double score, DocumentKey survivor) {
  byte[] toBytes() {
    int length = DocumentKey.BYTES + 1 + Double.BYTES;
    ByteBuffer out = ByteBuffer.allocate(survivor == null ? length : length + DocumentKey.BYTES);
    key.write(out);
    out.put((byte) reason.ordinal()).putDouble(score);
    if (survivor != null) {
      survivor.write(out);
    }
    return out.array();
  }

  static Dropped of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    DocumentKey key = DocumentKey.read(in);
    DropReason reason = DropReason.values()[in.get()];
    double score = in.getDouble();
    return new Dropped(key, reason, score, in.hasRemaining() ? DocumentKey.read(in) : null);
  }
}
