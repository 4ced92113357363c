package org.kindling.model.transformer;

import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;

/**
 * One block, forward and backward: x + attention(norm(x)), then that plus perceptron(norm(that)).
 * The last sum is left to whoever normalises it next.
 */
final class BlockPass implements AutoCloseable {
  private final Kernels kernels;
  private final Heads heads;
  private final int width;
  private final Memory memory;
  private final Tensor dNorm;
  private final Tensor dQkv;
  private final Tensor dAttended;
  private final Tensor dExpanded;

  /**
   * @param rows the most that {@link #backward} will see; 0 if it is never called
   */
  BlockPass(Kernels kernels, Heads heads, long rows) {
    this.kernels = kernels;
    this.heads = heads;
    this.width = heads.totalWidth();
    this.memory = new Memory(kernels);
    boolean trains = rows > 0;
    dNorm = trains ? memory.allocate(rows * width) : null;
    dQkv = trains ? memory.allocate(rows * 3 * width) : null;
    dAttended = trains ? memory.allocate(rows * width) : null;
    dExpanded = trains ? memory.allocate(rows * TensorNames.EXPANSION_FACTOR * width) : null;
  }

  /**
   * From {@code a.attentionNorm()}, which is filled in, to the perceptron's output.
   *
   * @param branch [rows, width], the perceptron's output, still to be added to {@code
   *     a.mlpNorm().input()}
   */
  void forward(
      TransformerParameters.Block block, Sequences sequences, BlockActivations a, Tensor branch) {
    int rows = sequences.rows();
    kernels.linear(block.attention(), rows, a.attentionNorm().output(), a.newQkv());
    kernels.attention(sequences, heads, a.qkv(), a.saved(), a.attended());
    kernels.linear(block.attentionProjection(), rows, a.attended(), branch);
    kernels.addAndNormalize(block.mlpNorm(), rows, a.attentionNorm().input(), branch, a.mlpNorm());
    kernels.linear(block.expansion(), rows, a.mlpNorm().output(), a.expanded());
    kernels.gelu(hiddenElements(rows), a.expanded(), a.activated());
    kernels.linear(block.contraction(), rows, a.activated(), branch);
  }

  /**
   * @param dStream [rows, width], gradient of the residual stream: after the block on entry, before
   *     it on return
   */
  void backward(
      TransformerParameters.Block block, Sequences sequences, BlockActivations a, Tensor dStream) {
    int rows = sequences.rows();
    kernels.linearBackward(block.contraction(), rows, a.activated(), dStream, dExpanded);
    kernels.geluBackward(hiddenElements(rows), a.expanded(), dExpanded);
    kernels.linearBackward(block.expansion(), rows, a.mlpNorm().output(), dExpanded, dNorm);
    kernels.normalizeBackward(block.mlpNorm(), rows, a.mlpNorm(), dNorm, dStream);
    kernels.linearBackward(block.attentionProjection(), rows, a.attended(), dStream, dAttended);
    kernels.attentionBackward(
        sequences, heads, new Kernels.AttentionTensors(a.qkv(), a.saved()), dAttended, dQkv);
    kernels.linearBackward(block.attention(), rows, a.attentionNorm().output(), dQkv, dNorm);
    kernels.normalizeBackward(block.attentionNorm(), rows, a.attentionNorm(), dNorm, dStream);
  }

  private long hiddenElements(int rows) {
    return (long) rows * TensorNames.EXPANSION_FACTOR * width;
  }

  @Override
  public void close() {
    memory.close();
  }
}
