package org.kindling.spark.quality;

import java.util.Locale;

/** Which duplicates are left out. The first of each kind, in the order of the corpus, stays. */
public enum Dedup {
  /** None. */
  NONE,
  /** Documents of the same bytes. */
  EXACT,
  /** Those, and documents that share most of their shingles of words. */
  NEAR;

  /** As options and manifests name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
