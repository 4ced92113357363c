package org.kindling.kernels;

/**
 * The affine map y = x · W + bias.
 *
 * @param inputs elements of a row of x
 * @param outputs elements of a row of y
 * @param layout how W lies in memory
 * @param weight W
 * @param bias [outputs]; null if it has none
 */
public record Linear(int inputs, int outputs, Layout layout, Parameter weight, Parameter bias) {
  /** The order of a weight matrix's axes. */
  public enum Layout {
    /** [inputs, outputs], as GPT-2's "Conv1D". */
    INPUTS_FIRST,

    /** [outputs, inputs], as PyTorch's {@code nn.Linear}: x is multiplied by its transpose. */
    OUTPUTS_FIRST
  }

  /** Elements of the weight. */
  public long elements() {
    return (long) inputs * outputs;
  }
}
