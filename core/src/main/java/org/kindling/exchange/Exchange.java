package org.kindling.exchange;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How many bits workers send each other: the setting {@code training.exchange}. */
public enum Exchange {
  /** 4 bytes a number. */
  FP32(Code.FP32, Code.FP32, Code.FP32),
  /** 2 bytes a number. */
  BF16(Code.BF16, Code.BF16, Code.BF16),
  /** About one byte a number. */
  INT8(Code.INT8, Code.INT8, Code.LOG8),
  /** About half a byte a number, one byte for means of squares. */
  INT4(Code.INT4, Code.INT4, Code.LOG8);

  private final Code changes;
  private final Code means;
  private final Code squares;

  Exchange(Code changes, Code means, Code squares) {
    this.changes = changes;
    this.means = means;
    this.squares = squares;
  }

  /**
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Exchange named(String name) {
    for (Exchange exchange : values()) {
      if (exchange.label().equals(name)) {
        return exchange;
      }
    }
    String choices = Arrays.stream(values()).map(Exchange::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "training.exchange: unknown '" + name + "'; use one of " + choices);
  }

  /** As the setting calls it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Of the change of parameters. */
  public Code changes() {
    return changes;
  }

  /** Of a running mean of gradients. */
  public Code means() {
    return means;
  }

  /** Of a running mean of squares. */
  public Code squares() {
    return squares;
  }
}
