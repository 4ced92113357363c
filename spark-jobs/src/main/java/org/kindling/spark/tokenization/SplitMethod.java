package org.kindling.spark.tokenization;

/** How text is divided into training and validation. */
public enum SplitMethod {
  /** By the content of each document, see {@link org.kindling.corpus.HashSplit}. */
  HASH,
  /** The end of the corpus is for validation, see {@link org.kindling.corpus.TailSplit}. */
  TAIL;

  /** As options and manifests name it. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
