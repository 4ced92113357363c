package org.kindling.spark.quality;

/** Why a document is left out. The order is that of the checks and part of stored records. */
enum DropReason {
  TOO_SHORT("too-short"),
  TOO_LONG("too-long"),
  REPETITIVE("repetitive"),
  EXACT_DUPLICATE("exact-duplicate"),
  NEAR_DUPLICATE("near-duplicate");

  private final String label;

  DropReason(String label) {
    this.label = label;
  }

  /** As manifests and side files name it. */
  String label() {
    return label;
  }
}
