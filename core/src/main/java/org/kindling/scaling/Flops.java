package org.kindling.scaling;

/** Counts of floating-point operations. A multiplication and an addition are two. */
public final class Flops {
  /** Forward 2, backward 4 operations per parameter and token. */
  public static final double PER_PARAMETER_AND_TOKEN = 6;

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
   * them, the lookup being free and the unembedding not.
   *
   * @see <a href="https://arxiv.org/abs/2204.02311">Chowdhery et al. 2022, appendix B</a>
   */
  public static double ofTransformer(
      double parameters, int layers, int context, int width, double tokens) {
    return (PER_PARAMETER_AND_TOKEN * parameters + 12.0 * layers * context * width) * tokens;
  }
}
