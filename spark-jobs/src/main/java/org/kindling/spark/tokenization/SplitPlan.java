package org.kindling.spark.tokenization;

import java.io.Serializable;
import org.kindling.corpus.HashSplit;
import org.kindling.corpus.SplitRule;
import org.kindling.corpus.TailSplit;

/** Makes each task's rule for splitting. */
interface SplitPlan extends Serializable {
  /** The rule for one group of documents. */
  SplitRule rule(int group);

  /** By content, the same everywhere. */
  static SplitPlan hash(double validationFraction) {
    return group -> new HashSplit(validationFraction);
  }

  /**
   * By position.
   *
   * @param characters in each group
   */
  static SplitPlan tail(long[] characters, double validationFraction) {
    long[] starts = new long[characters.length];
    long total = 0;
    for (int group = 0; group < characters.length; group++) {
      starts[group] = total;
      total += characters[group];
    }
    long cut = TailSplit.cut(total, validationFraction);
    return group -> new TailSplit(starts[group], cut);
  }
}
