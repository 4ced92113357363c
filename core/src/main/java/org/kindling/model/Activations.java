package org.kindling.model;

/** What becomes of a block's activations after its forward pass. */
public enum Activations {
  /** Kept until the backward pass: the fastest. */
  KEPT,

  /**
   * Only a block's input is kept, and the block runs forward again before it runs backward.
   *
   * @see <a href="https://arxiv.org/abs/1604.06174">Chen et al. 2016</a>
   */
  RECOMPUTED,

  /** Nothing is kept: there are no gradients, and no memory for them. */
  DISCARDED;

  /**
   * What {@code training.recompute} means.
   *
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Activations ofSetting(String recompute) {
    return switch (recompute) {
      case "none" -> KEPT;
      case "blocks" -> RECOMPUTED;
      default ->
          throw new IllegalArgumentException(
              "training.recompute: unknown '" + recompute + "'; use none or blocks");
    };
  }
}
