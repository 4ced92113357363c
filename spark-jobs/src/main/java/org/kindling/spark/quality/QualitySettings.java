package org.kindling.spark.quality;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which documents are left out of a dataset.
 *
 * @param dedup which duplicates
 * @param jaccard similarity from which documents are near duplicates, above 0 and at most 1
 * @param minCharacters code points that a document must have; 0: any number
 * @param maxCharacters code points that it may have; {@link Long#MAX_VALUE}: any number
 * @param maxRepetition score of {@link Repetition} that it may have; 1: any
 */
public record QualitySettings(
    Dedup dedup, double jaccard, long minCharacters, long maxCharacters, double maxRepetition)
    implements Serializable {
  /** What is usually called a near duplicate: Lee et al. 2022, section 4.2. */
  public static final double USUAL_JACCARD = 0.8;

  /** Every document stays. */
  public static final QualitySettings KEEP_ALL =
      new QualitySettings(Dedup.NONE, USUAL_JACCARD, 0, Long.MAX_VALUE, 1);

  public QualitySettings {
    if (!(jaccard > 0 && jaccard <= 1)) {
      throw new IllegalArgumentException(
          "--jaccard: found " + jaccard + ", expected more than 0 and at most 1, such as 0.8");
    }
    if (minCharacters < 0) {
      throw new IllegalArgumentException(
          "--min-characters: found " + minCharacters + ", expected 0 or more");
    }
    if (maxCharacters < 1) {
      throw new IllegalArgumentException(
          "--max-characters: found " + maxCharacters + ", expected 1 or more");
    }
    if (minCharacters > maxCharacters) {
      throw new IllegalArgumentException(
          "--min-characters "
              + minCharacters
              + ": is above --max-characters "
              + maxCharacters
              + ", so that no document could stay; change one of them");
    }
    if (!(maxRepetition >= 0 && maxRepetition <= 1)) {
      throw new IllegalArgumentException(
          "--max-repetition: found " + maxRepetition + ", expected 0 to 1, such as 0.2");
    }
  }

  /** Whether every document stays, whatever is in it. */
  public boolean keepsAll() {
    return dedup == Dedup.NONE
        && minCharacters == 0
        && maxCharacters == Long.MAX_VALUE
        && !limitsRepetition();
  }

  boolean limitsRepetition() {
    return maxRepetition < 1;
  }

  /** The steps that are taken, as options name them, for manifests; empty if there are none. */
  public Map<String, Object> steps() {
    Map<String, Object> steps = new TreeMap<>();
    if (dedup != Dedup.NONE) {
      steps.put("dedup", dedup.label());
    }
    if (dedup == Dedup.NEAR) {
      steps.put("jaccard", jaccard);
    }
    if (minCharacters > 0) {
      steps.put("minCharacters", minCharacters);
    }
    if (maxCharacters < Long.MAX_VALUE) {
      steps.put("maxCharacters", maxCharacters);
    }
    if (limitsRepetition()) {
      steps.put("maxRepetition", maxRepetition);
    }
    return steps;
  }
}
