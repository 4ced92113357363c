package org.kindling.model;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How a transformer knows where a token stands. */
public enum Positions {
  /** A trained vector per position, added to the token's. */
  LEARNED("learned"),

  /**
   * Sines and cosines of fixed frequencies, added to the token's vector.
   *
   * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al. 2017, section 3.5</a>
   */
  SINUSOIDAL("sinusoidal"),

  /** Queries and keys are turned by angles that grow with the position. */
  ROTARY("rotary"),

  /** The causal mask alone tells. */
  NONE("none");

  private final String label;

  Positions(String label) {
    this.label = label;
  }

  /** As settings spell it. */
  public String label() {
    return label;
  }

  /** Whether a table of positions is added to the vectors of tokens. */
  public boolean isAdded() {
    return this == LEARNED || this == SINUSOIDAL;
  }

  /**
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Positions named(String label) {
    return Arrays.stream(values())
        .filter(p -> p.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "model.positions: unknown '" + label + "'; use one of " + labels()));
  }

  private static String labels() {
    return Arrays.stream(values()).map(Positions::label).collect(Collectors.joining(", "));
  }
}
