package org.kindling.scaling;

/**
 * The validation loss of one checkpoint, or of a count model: a row of the evaluations CSV.
 *
 * <p>Optional numbers that nobody measured are NaN, never a default.
 *
 * @param run name of the run; unique among runs of a family
 * @param family {@code transformer}, …; {@link #UNIGRAM}, {@link #BIGRAM} and {@link #NGRAM} are
 *     baselines
 * @param step the checkpoint's step; -1 if not known
 * @param parameters all parameters of the model
 * @param embeddingParameters those of {@code parameters} that are embeddings, NaN if not known
 * @param tokens trained on
 * @param flops spent on training
 * @param loss mean validation cross-entropy in nats per token
 * @param bitsPerByte the same loss per byte of text, NaN if not known
 * @param standardError of the loss in nats per token, NaN if not known
 * @param isFinal whether this is the run's last checkpoint, with the learning rate fully decayed
 * @param shape of a transformer, null if not known
 */
public record EvaluationRow(
    String run,
    String family,
    long step,
    double parameters,
    double embeddingParameters,
    double tokens,
    double flops,
    double loss,
    double bitsPerByte,
    double standardError,
    boolean isFinal,
    TransformerShape shape) {
  /** Family of the baseline that predicts each token by its frequency alone. */
  public static final String UNIGRAM = "unigram";

  /** Family of the baseline that predicts each token from the one before it. */
  public static final String BIGRAM = "bigram";

  /** Family of the n-gram models of higher order. */
  public static final String NGRAM = "ngram";

  /** A row whose standard error and model's shape are not known. */
  public EvaluationRow(
      String run,
      String family,
      long step,
      double parameters,
      double embeddingParameters,
      double tokens,
      double flops,
      double loss,
      double bitsPerByte,
      boolean isFinal) {
    this(
        run,
        family,
        step,
        parameters,
        embeddingParameters,
        tokens,
        flops,
        loss,
        bitsPerByte,
        Double.NaN,
        isFinal,
        null);
  }

  /** The same evaluation of a model of this shape. */
  public EvaluationRow with(TransformerShape of) {
    return new EvaluationRow(
        run,
        family,
        step,
        parameters,
        embeddingParameters,
        tokens,
        flops,
        loss,
        bitsPerByte,
        standardError,
        isFinal,
        of);
  }

  /** Whether this row is a line to compare with rather than a point of a law. */
  public boolean isBaseline() {
    return isBaseline(family);
  }

  static boolean isBaseline(String family) {
    return UNIGRAM.equals(family) || BIGRAM.equals(family) || NGRAM.equals(family);
  }
}
