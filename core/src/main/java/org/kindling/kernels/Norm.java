package org.kindling.kernels;

/**
 * Normalisation of each row, then gain and bias.
 *
 * @param kind what is normalised
 * @param width elements of a row
 * @param epsilon added to the variance or the mean square
 * @param gain [width]
 * @param bias [width]; null if it has none
 */
public record Norm(Kind kind, int width, double epsilon, Parameter gain, Parameter bias) {
  /** What a row is divided by. */
  public enum Kind {
    /**
     * To mean 0 and variance 1.
     *
     * @see <a href="https://arxiv.org/abs/1607.06450">Ba et al. 2016</a>
     */
    LAYER("layer"),

    /**
     * To mean square 1.
     *
     * @see <a href="https://arxiv.org/abs/1910.07467">Zhang and Sennrich 2019</a>
     */
    RMS("rms");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** As settings spell it. */
    public String label() {
      return label;
    }
  }

  public Norm {
    if ((kind == Kind.RMS) != (bias == null)) {
      throw new IllegalArgumentException(
          "norm: layer norm has a bias and RMS norm has none, found " + kind + ", bias " + bias);
    }
  }

  /**
   * What one application of a norm reads, writes and keeps for its backward pass.
   *
   * @param input [rows, width], what is normalised
   * @param output [rows, width]
   * @param statistics [2 * rows], what each row was divided by and more, in an order that only the
   *     kernels know
   */
  public record Activations(Tensor input, Tensor output, Tensor statistics) {}
}
