package org.kindling.trial;

import java.util.List;
import org.kindling.model.Architecture;

/** How large the models are: all that differs between a card and the CPU. */
enum Sizes {
  /** Of a card. */
  LARGE(
      new Shape(
          "character model",
          Architecture.GPT2.settings(4, 4, 128, 64, true),
          TrialText.VOCABULARY,
          12),
      new Shape(
          "small model",
          Architecture.LLAMA.settings(4, 4, 256, 128, false),
          TrialText.VOCABULARY,
          8),
      List.of(
          new Shape("GPT-2 124M", Architecture.GPT2.settings(12, 12, 768, 1024, true), 50_304, 32),
          new Shape(
              "Llama 350M", Architecture.LLAMA.settings(24, 16, 1024, 1024, true), 50_304, 32)),
      new Shape("GPT-2 12M", Architecture.GPT2.settings(6, 6, 384, 256, true), 4096, 8)),

  /** Of two cores that have three minutes. */
  SMALL(
      new Shape(
          "character model",
          Architecture.GPT2.settings(2, 4, 64, 64, true),
          TrialText.VOCABULARY,
          8),
      new Shape(
          "small model", Architecture.LLAMA.settings(2, 2, 64, 32, false), TrialText.VOCABULARY, 4),
      List.of(
          new Shape("GPT-2 4M", Architecture.GPT2.settings(4, 4, 256, 128, true), 4096, 8),
          new Shape("Llama 5M", Architecture.LLAMA.settings(4, 4, 256, 128, false), 4096, 8)),
      new Shape("GPT-2 0.8M", Architecture.GPT2.settings(4, 4, 128, 64, true), 256, 12));

  private final Shape curve;
  private final Shape bits;
  private final List<Shape> speed;
  private final Shape replicas;

  Sizes(Shape curve, Shape bits, List<Shape> speed, Shape replicas) {
    this.curve = curve;
    this.bits = bits;
    this.speed = speed;
    this.replicas = replicas;
  }

  /** Learns a text beside the vector kernels. */
  Shape curve() {
    return curve;
  }

  /** Is killed and goes on. */
  Shape bits() {
    return bits;
  }

  /** Are timed, and their memory is measured. */
  List<Shape> speed() {
    return speed;
  }

  /** Shares the device with others. */
  Shape replicas() {
    return replicas;
  }
}
