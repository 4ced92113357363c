package org.kindling.spark.quality;

import java.util.function.Consumer;

/**
 * Of documents with one content hash, the first stays. Takes {@link Measured} records sorted by
 * hash and place, gives verdicts; those that a filter leaves out have no duplicates.
 */
final class ExactDuplicates implements SortedRecords.Step {
  private DocumentKey survivor;

  @Override
  public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
    if (startsRun) {
      survivor = null;
    }
    out.accept(Measured.verdict(record, survivor));
    if (survivor == null && Measured.isKept(record)) {
      survivor = Measured.key(record);
    }
  }
}
