package org.kindling.scaling;

/** Which parameters N counts. */
public enum ParameterCount {
  /** All, as Hoffmann et al. count. */
  ALL("all parameters"),
  /** All but embeddings, as Kaplan et al. count. */
  NON_EMBEDDING("parameters without embeddings");

  private final String words;

  ParameterCount(String words) {
    this.words = words;
  }

  public String inWords() {
    return words;
  }

  /**
   * N of a row.
   *
   * @throws IllegalArgumentException if embeddings are to be left out and their number is not known
   *     or leaves nothing
   */
  public double of(EvaluationRow row) {
    if (this == ALL) {
      return row.parameters();
    }
    double parameters = row.parameters() - row.embeddingParameters();
    if (!(parameters > 0)) {
      throw new IllegalArgumentException(
          "run "
              + row.run()
              + ": parameters "
              + row.parameters()
              + " without embeddingParameters "
              + row.embeddingParameters()
              + " is no positive number; fill the column or leave out --non-embedding");
    }
    return parameters;
  }
}
