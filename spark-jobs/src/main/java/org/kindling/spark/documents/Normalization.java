package org.kindling.spark.documents;

import java.util.Locale;

/** What is done to the characters of a document before anything else sees them. */
public enum Normalization {
  /** Nothing. */
  NONE,
  /** Canonical composition, Unicode Standard Annex 15. */
  NFC;

  /** As options and manifests name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
