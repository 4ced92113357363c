package org.kindling.corpus;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Splits by content: a document is for validation if the first 53 bits of the SHA-256 of its UTF-8
 * bytes, read as a fraction of 1, are below the validation fraction. Hence a document never changes
 * sides when others come or go, and equal documents are always on the same side.
 */
public final class HashSplit implements SplitRule {
  private final double validationFraction;
  private final MessageDigest digest;

  public HashSplit(double validationFraction) {
    this.validationFraction = validationFraction;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  @Override
  public int bytesToTrain(byte[] utf8, int from, int to) {
    digest.update(utf8, from, to - from);
    return UNDECIDED;
  }

  @Override
  public Split endDocument() {
    double fraction = (ByteBuffer.wrap(digest.digest()).getLong() >>> 11) * 0x1p-53;
    return fraction < validationFraction ? Split.VALIDATION : Split.TRAIN;
  }

  @Override
  public void forgetDocument() {
    digest.reset();
  }
}
