package org.kindling.scaling;

/** A row that was not fitted, and why. */
public record Exclusion(String run, String family, long step, double loss, String reason) {
  static Exclusion of(EvaluationRow row, String reason) {
    return new Exclusion(row.run(), row.family(), row.step(), row.loss(), reason);
  }
}
