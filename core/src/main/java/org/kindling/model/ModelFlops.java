package org.kindling.model;

/**
 * Floating-point operations per trained token of each family; a multiplication and an addition are
 * two. A matrix of m parameters that multiplies one vector per token costs 2m forward and 4m
 * backward, of which half is the gradient of the vector and half that of the matrix: 6m. Biases,
 * gates, tanh and softmax are linear in the width and left out, as usual. With N all parameters, d
 * the width, V the vocabulary, T the context and L the layers:
 *
 * <pre>
 * unigram, bigram, ngram   1           one addition to a count
 * mlp                      6·(N − V·d)                     the table E is looked up, not multiplied
 * rnn                      6·(N − V·d) = 6·(2·L·d² + d·V) and biases
 * lstm                     6·(N − V·d) = 6·(8·L·d² + d·V) and biases
 * rnn-attention            6·(N − V·d) + 6·T·d             scores and sums over (T+1)/2 states on
 *                                                          average: 2·2·d·T/2 forward, thrice in all
 * transformer              6·N + 12·L·T·d                  PaLM, appendix B; nothing is subtracted
 *                                                          for the masked half
 * </pre>
 *
 * <p>The transformer's N counts the token table because, tied, it is lm_head as well. What scaling
 * laws and budgets call compute is {@link #forScaling}: 6·N for transformers, as Kaplan et al. and
 * Hoffmann et al. count, and the number above for all others.
 *
 * @see <a href="https://arxiv.org/abs/2204.02311">Chowdhery et al. 2022</a>
 * @see <a href="https://arxiv.org/abs/2001.08361">Kaplan et al. 2020, section 2.1</a>
 */
public final class ModelFlops {
  private static final double PER_MULTIPLIED_PARAMETER = 6;

  private ModelFlops() {}

  /** With attention: what a machine has to compute. */
  public static double ofTraining(ModelSettings settings, int vocabulary) {
    double attention =
        settings.kind() == Family.TRANSFORMER
            ? 12.0 * settings.layers() * settings.context() * settings.heads() * settings.headDim()
            : 0;
    return forScaling(settings, vocabulary) + attention;
  }

  /** What {@code flops} means in checkpoints, metrics and evaluations. */
  public static double forScaling(ModelSettings settings, int vocabulary) {
    Family family = settings.kind();
    if (family.isCounted()) {
      return 1;
    }
    double parameters = LanguageModels.layout(settings, vocabulary).parameters();
    if (family == Family.TRANSFORMER) {
      return PER_MULTIPLIED_PARAMETER * parameters;
    }
    double table = (double) vocabulary * settings.width();
    double attention =
        family == Family.RNN_ATTENTION ? 6.0 * settings.context() * settings.width() : 0;
    return PER_MULTIPLIED_PARAMETER * (parameters - table) + attention;
  }
}
