package org.kindling.kernels;

/**
 * Number format of the factors of matrix products while training: of linear layers, lm_head and
 * attention. Parameters, gradients, moments, normalisation, softmax and loss are float32 in either.
 */
public enum Precision {
  FP32("fp32"),

  /**
   * Factors rounded to bfloat16, sums in float32. Needs a processor with AVX512_BF16 or AMX.
   *
   * @see <a href="https://arxiv.org/abs/1905.12322">Kalamkar et al. 2019</a>
   */
  BF16("bf16");

  private final String label;

  Precision(String label) {
    this.label = label;
  }

  /** As settings spell it. */
  public String label() {
    return label;
  }

  /**
   * The precision that a setting names.
   *
   * @param setting where the name was found, for the message
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Precision named(String setting, String name) {
    for (Precision precision : values()) {
      if (precision.label.equals(name)) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        setting + ": unknown precision '" + name + "'; use fp32 or bf16");
  }
}
