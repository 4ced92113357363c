package org.kindling.spark.quality;

import java.io.Serializable;

/**
 * How a signature is cut for locality-sensitive hashing. Two documents are compared if all rows of
 * a band agree, which happens with probability {@code 1 - (1 - J^rows)^bands}.
 *
 * @param bands pieces of a signature
 * @param rows entries of each
 * @see <a href="http://www.mmds.org">Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
 *     section 3.4</a>
 */
record Bands(int bands, int rows) implements Serializable {
  /** Of pairs that are exactly as similar as the threshold. */
  static final double RECALL = 0.99;

  /** The most selective cut that finds {@link #RECALL} of the pairs at the threshold. */
  static Bands forThreshold(double jaccard) {
    for (int rows = MinHash.ENTRIES; rows > 1; rows--) {
      Bands cut = new Bands(MinHash.ENTRIES / rows, rows);
      if (cut.probability(jaccard) >= RECALL) {
        return cut;
      }
    }
    return new Bands(MinHash.ENTRIES, 1);
  }

  /** That two documents of this similarity are compared. */
  double probability(double jaccard) {
    return 1 - Math.pow(1 - Math.pow(jaccard, rows), bands);
  }

  /** What documents that agree in a band have in common. */
  long key(int band, byte[] signature, int from) {
    long hash = band;
    int start = from + 2 * rows * band;
    for (int i = start; i < start + 2 * rows; i += 2) {
      hash = (hash ^ (signature[i] << 8 | signature[i + 1] & 0xff)) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 29;
    }
    return Hashing.mix(hash);
  }
}
