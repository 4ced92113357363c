package org.kindling.spark.quality;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What the first pass finds out about a document. As bytes: 16 of the content's hash, the {@link
 * DocumentKey}, one that says why a filter leaves it out or that none does, eight of the score, and
 * the MinHash signature if there is one.
 */
final class Measured {
  static final int HASH_BYTES = 16;
  private static final byte KEPT = -1;
  private static final int REASON_AT = HASH_BYTES + DocumentKey.BYTES;
  private static final int SIGNATURE_AT = REASON_AT + 1 + Double.BYTES;

  private Measured() {}

  static byte[] kept(byte[] hash, DocumentKey key, MinHash set) {
    byte[] record = new byte[SIGNATURE_AT + (set.isEmpty() ? 0 : MinHash.SIGNATURE_BYTES)];
    key.write(ByteBuffer.wrap(record).put(hash, 0, HASH_BYTES));
    record[REASON_AT] = KEPT;
    if (!set.isEmpty()) {
      set.signature(record, SIGNATURE_AT);
    }
    return record;
  }

  static byte[] dropped(byte[] hash, DocumentKey key, DropReason reason, double score) {
    ByteBuffer record = ByteBuffer.allocate(SIGNATURE_AT).put(hash, 0, HASH_BYTES);
    key.write(record);
    return record.put((byte) reason.ordinal()).putDouble(score).array();
  }

  static boolean isKept(byte[] record) {
    return record[REASON_AT] == KEPT;
  }

  static DocumentKey key(byte[] record) {
    return DocumentKey.read(ByteBuffer.wrap(record, HASH_BYTES, DocumentKey.BYTES));
  }

  /** The verdict of the filters, and of whether a duplicate came before. */
  static byte[] verdict(byte[] record, DocumentKey survivor) {
    if (!isKept(record)) {
      ByteBuffer in = ByteBuffer.wrap(record, REASON_AT, 1 + Double.BYTES);
      DropReason reason = DropReason.values()[in.get()];
      return Verdict.dropped(new Dropped(key(record), reason, in.getDouble(), null));
    }
    if (survivor != null) {
      return Verdict.dropped(new Dropped(key(record), DropReason.EXACT_DUPLICATE, 1, survivor));
    }
    return Verdict.kept(
        Arrays.copyOfRange(record, HASH_BYTES, REASON_AT),
        Arrays.copyOfRange(record, SIGNATURE_AT, record.length));
  }
}
