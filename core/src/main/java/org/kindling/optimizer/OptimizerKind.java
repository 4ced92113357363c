package org.kindling.optimizer;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The inner optimizers, as {@code optimizer.kind} names them. */
public enum OptimizerKind {
  /** {@link AdamW}. */
  ADAMW,

  /** {@link Muon}. */
  MUON;

  /** What the setting calls it, e.g. {@code adamw}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static OptimizerKind named(String name) {
    for (OptimizerKind kind : values()) {
      if (kind.label().equals(name)) {
        return kind;
      }
    }
    String choices =
        Arrays.stream(values()).map(OptimizerKind::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "optimizer.kind: unknown optimizer '" + name + "'; use one of " + choices);
  }
}
