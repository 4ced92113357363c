package org.kindling.scaling;

/** Counts of floating-point operations. A multiplication and an addition are two. */
public final class Flops {
  /** Forward 2, backward 4 operations per parameter and token. */
  public static final double PER_PARAMETER_AND_TOKEN = 6;

  /** A backward pass costs two forward passes. */
  private static final double PASSES = 3;

  private Flops() {}

  /**
   * Training FLOPs by the usual estimate C = 6·N·D.
   *
   * @see <a href="https://arxiv.org/abs/2001.08361">Kaplan et al. 2020, section 2.1</a>
   */
  public static double ofTraining(double parameters, double tokens) {
    return PER_PARAMETER_AND_TOKEN * parameters * tokens;
  }

  /**
   * Training FLOPs of a transformer with its attention counted: (6·N + 12·layers·context·width)·D.
   * The second term is the scores and the weighted sum of values over the whole square, forward and
   * backward. {@code parameters} are those that multiply activations: with a tied embedding all of
   * them, the lookup being free and lm_head not.
   *
   * @see <a href="https://arxiv.org/abs/2204.02311">Chowdhery et al. 2022, appendix B</a>
   */
  public static double ofTransformer(
      double parameters, int layers, int context, int width, double tokens) {
    return (PER_PARAMETER_AND_TOKEN * parameters + 12.0 * layers * context * width) * tokens;
  }

  /**
   * Training FLOPs by Kaplan's count: 3·(2·N + 2·layers·context·width)·D, N without embeddings.
   *
   * @see <a href="https://arxiv.org/abs/2001.08361">Kaplan et al. 2020, section 2.1</a>
   */
  public static double ofKaplan(double nonEmbedding, TransformerShape shape, double tokens) {
    double attention = 2.0 * shape.layers() * shape.context() * shape.width();
    return PASSES * (2 * nonEmbedding + attention) * tokens;
  }

  /**
   * Training FLOPs by the exact count of Hoffmann et al.: embeddings, query, key and value, logits
   * of attention, softmax, weighted sum of values, projection, feed-forward layer, final logits;
   * the backward pass is two forward passes.
   *
   * @see <a href="https://arxiv.org/abs/2203.15556">Hoffmann et al. 2022, appendix F</a>
   */
  public static double exact(TransformerShape shape, double tokens) {
    return PASSES * forward(shape) * tokens;
  }

  /** Operations of a forward pass per token: those of a sequence, divided by its length. */
  static double forward(TransformerShape shape) {
    double width = shape.width();
    double context = shape.context();
    double embeddings = 2 * shape.vocabulary() * width;
    double queryKeyValue = 2 * 3 * width * width;
    double attentionLogits = 2 * context * width;
    double softmax = 3 * shape.heads() * context;
    double weightedValues = 2 * context * width;
    double projection = 2 * width * width;
    double feedForward = 2 * 2 * width * shape.feedForwardWidth();
    double block =
        queryKeyValue + attentionLogits + softmax + weightedValues + projection + feedForward;
    double logits = 2 * width * shape.vocabulary();
    return embeddings + shape.layers() * block + logits;
  }
}
