package org.kindling.kernels;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What stands between the up and the down projection of an MLP. A gated one multiplies the
 * activation of one half of its input, the gate, by the other half.
 *
 * @see <a href="https://arxiv.org/abs/2002.05202">Shazeer 2020, gated ones</a>
 */
public enum Activation {
  /**
   * By the tanh formula.
   *
   * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel 2016</a>
   */
  GELU("gelu", 1),

  /**
   * max(0, x)².
   *
   * @see <a href="https://arxiv.org/abs/2109.08668">So et al. 2021</a>
   */
  RELU2("relu2", 1),

  /** silu(gate) · up, with silu(x) = x / (1 + e^(−x)). */
  SWIGLU("swiglu", 2),

  /** gelu(gate) · up. */
  GEGLU("geglu", 2);

  private final String label;
  private final int factors;

  Activation(String label, int factors) {
    this.label = label;
    this.factors = factors;
  }

  /** As settings spell it. */
  public String label() {
    return label;
  }

  /** Elements of the input for each of the output: 2 if gated. */
  public int factors() {
    return factors;
  }

  public boolean isGated() {
    return factors == 2;
  }

  /**
   * The activation that a setting names.
   *
   * @param setting where the name was found, for the message
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Activation named(String setting, String name) {
    return Arrays.stream(values())
        .filter(a -> a.label.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    setting + ": unknown '" + name + "'; use one of " + labels()));
  }

  private static String labels() {
    return Arrays.stream(values()).map(Activation::label).collect(Collectors.joining(", "));
  }
}
