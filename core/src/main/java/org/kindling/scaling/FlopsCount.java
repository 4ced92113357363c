package org.kindling.scaling;

/** By which rule C is counted. */
public enum FlopsCount {
  /** The column {@code flops}; 6·parameters·tokens where it is empty. */
  RECORDED("the column flops, else 6·parameters·tokens"),
  /** 6·N·D with the N of the fit. */
  SIX_ND("6·N·D"),
  /** Hoffmann et al. 2022, appendix F: every product of a transformer. */
  EXACT("exact count of Hoffmann et al. 2022, appendix F"),
  /** Kaplan et al. 2020: 3·(2·N + 2·layers·context·width)·D, N without embeddings. */
  KAPLAN("Kaplan et al. 2020, 3·(2N + 2·layers·context·width)·D");

  private final String formula;

  FlopsCount(String formula) {
    this.formula = formula;
  }

  public String formula() {
    return formula;
  }

  /**
   * C of a row.
   *
   * @param parameters N of the fit
   * @throws IllegalArgumentException if the row does not say what the rule needs
   */
  double of(EvaluationRow row, double parameters) {
    return switch (this) {
      case RECORDED -> row.flops();
      case SIX_ND -> Flops.ofTraining(parameters, row.tokens());
      case EXACT -> Flops.exact(shape(row), row.tokens());
      case KAPLAN -> Flops.ofKaplan(ParameterCount.NON_EMBEDDING.of(row), shape(row), row.tokens());
    };
  }

  private TransformerShape shape(EvaluationRow row) {
    if (row.shape() == null) {
      throw new IllegalArgumentException(
          "run "
              + row.run()
              + ": --flops-by "
              + name().toLowerCase(java.util.Locale.ROOT)
              + " needs the columns layers, heads, width, context and vocabulary; fill them or use"
              + " --flops-by 6nd");
    }
    return row.shape();
  }
}
