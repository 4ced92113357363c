package org.kindling.optimizer;

import org.kindling.model.ParameterLayout;

/**
 * The section {@code optimizer.rateFactors}: factors on the learning rate by what a tensor is.
 *
 * @param matrix of layers' weights
 * @param vector of biases
 * @param norm of norms' gains and biases
 * @param embedding of the tables of tokens and positions
 * @param head of an lm_head that is not the token embedding
 */
public record RateFactors(double matrix, double vector, double norm, double embedding, double head)
    implements java.io.Serializable {
  /** The same learning rate for all. */
  public static final RateFactors ONES = new RateFactors(1, 1, 1, 1, 1);

  public RateFactors {
    check("matrix", matrix);
    check("vector", vector);
    check("norm", norm);
    check("embedding", embedding);
    check("head", head);
  }

  private static void check(String key, double factor) {
    if (!(factor >= 0) || Double.isInfinite(factor)) {
      throw new IllegalArgumentException(
          "optimizer.rateFactors." + key + ": expected 0 or more, found " + factor);
    }
  }

  double of(ParameterLayout.Role role) {
    return switch (role) {
      case MATRIX -> matrix;
      case VECTOR -> vector;
      case NORM -> norm;
      case EMBEDDING -> embedding;
      case HEAD -> head;
    };
  }
}
