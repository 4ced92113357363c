package org.kindling.spark.quality;

import java.util.Arrays;

/**
 * Whether a document stays, as bytes: 0, its key and its MinHash signature, or 1 and a {@link
 * Dropped}.
 */
final class Verdict {
  private static final byte[] KEPT = {0};
  private static final byte[] DROPPED = {1};

  private Verdict() {}

  static byte[] kept(byte[] key, byte[] signature) {
    return Records.join(KEPT, key, signature);
  }

  static byte[] dropped(Dropped dropped) {
    return Records.join(DROPPED, dropped.toBytes());
  }

  static boolean isDropped(byte[] verdict) {
    return verdict[0] == DROPPED[0];
  }

  /** Whether a document stays so far, and has words to compare. */
  static boolean hasSignature(byte[] verdict) {
    return !isDropped(verdict) && verdict.length > 1 + DocumentKey.BYTES;
  }

  /** Key and signature, or the {@link Dropped}. */
  static byte[] content(byte[] verdict) {
    return Arrays.copyOfRange(verdict, 1, verdict.length);
  }
}
