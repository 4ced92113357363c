package org.kindling.spark.quality;

import java.util.function.LongConsumer;

/**
 * Hashes of every {@code size} consecutive words. A document of fewer words has one shingle of all
 * of them; one without words has none. Not thread-safe.
 */
final class Shingles implements LongConsumer {
  private final long[] last;
  private final LongConsumer shingles;
  private long words;

  Shingles(int size, LongConsumer shingles) {
    this.last = new long[size];
    this.shingles = shingles;
  }

  @Override
  public void accept(long word) {
    last[(int) (words++ % last.length)] = word;
    if (words >= last.length) {
      emit(words - last.length);
    }
  }

  private void emit(long from) {
    long hash = 0;
    for (long word = from; word < words; word++) {
      hash = (hash + last[(int) (word % last.length)]) * 0x9e3779b97f4a7c15L;
    }
    shingles.accept(Hashing.mix(hash));
  }

  /** Ends the document and makes ready for another. */
  void endDocument() {
    if (words > 0 && words < last.length) {
      emit(0);
    }
    words = 0;
  }

  /** Words of this document so far. */
  long words() {
    return words;
  }
}
