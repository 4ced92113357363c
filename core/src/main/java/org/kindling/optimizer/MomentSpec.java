package org.kindling.optimizer;

import java.util.Locale;

/**
 * A vector that an {@link InnerOptimizer} keeps between steps, without its values. Immutable.
 *
 * @param name as checkpoints call it, e.g. {@code first_moment}
 * @param size in elements, at least 1
 * @param kind what its elements are
 */
public record MomentSpec(String name, long size, Kind kind) implements java.io.Serializable {
  /** What the elements of a vector are: averaging and codecs go by it. */
  public enum Kind {
    /** A running mean of gradients. */
    SIGNED,

    /** A running mean of squares of gradients: never negative. */
    SQUARE
  }

  public MomentSpec {
    if (name.isBlank() || size < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "moment '%s': expected a name and 1 element or more, found %d",
              name,
              size));
    }
  }
}
