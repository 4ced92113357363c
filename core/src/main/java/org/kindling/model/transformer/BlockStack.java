package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.LayerNorm;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;

/** All blocks and the final norm, forward and backward, with the activations of one batch. */
final class BlockStack implements AutoCloseable {
  private final Kernels kernels;
  private final int layers;
  private final List<TransformerParameters.Block> blocks;
  private final LayerNorm finalNorm;
  private final Memory memory;
  private final BlockPass training;
  private final BlockPass evaluation;
  private final List<BlockActivations> activations = new ArrayList<>();
  private final LayerNorm.Activations finalActivations;

  /** [rows, width], what a block adds to the residual stream. */
  private final Tensor branch;

  BlockStack(
      ModelSettings settings,
      TransformerParameters parameters,
      Sequences largest,
      Kernels kernels) {
    this.kernels = kernels;
    this.layers = settings.layers();
    this.blocks = parameters.blocks;
    this.finalNorm = parameters.finalNorm;
    Heads heads = new Heads(settings.heads(), settings.width() / settings.heads());
    memory = new Memory(kernels);
    training = new BlockPass(kernels, heads, largest.rows());
    evaluation = new BlockPass(kernels.exact(), heads, 0);
    for (int layer = 0; layer < layers; layer++) {
      activations.add(memory.block(settings, largest));
    }
    finalActivations = memory.norm(largest.rows(), settings.width());
    branch = memory.allocate((long) largest.rows() * settings.width());
  }

  /** [rows, width], the residual stream before the first block; to be filled before a pass. */
  Tensor input() {
    return activations.get(0).attentionNorm().input();
  }

  /** [rows, width], what the final norm gives. */
  Tensor output() {
    return finalActivations.output();
  }

  /** From {@link #input} to {@link #output}, keeping what {@link #backward} reads. */
  void forward(Sequences sequences) {
    forward(kernels, training, sequences);
  }

  /** The same in float32 whatever the kernels' precision, without a backward pass to come. */
  void evaluate(Sequences sequences) {
    forward(kernels.exact(), evaluation, sequences);
  }

  private void forward(Kernels kernels, BlockPass pass, Sequences sequences) {
    int rows = sequences.rows();
    kernels.normalize(blocks.get(0).attentionNorm(), rows, activations.get(0).attentionNorm());
    for (int layer = 0; layer < layers; layer++) {
      BlockActivations a = activations.get(layer);
      pass.forward(blocks.get(layer), sequences, a, branch);
      Tensor stream = a.mlpNorm().input();
      kernels.addAndNormalize(nextNorm(layer), rows, stream, branch, nextActivations(layer));
    }
  }

  private LayerNorm nextNorm(int layer) {
    return layer + 1 < layers ? blocks.get(layer + 1).attentionNorm() : finalNorm;
  }

  private LayerNorm.Activations nextActivations(int layer) {
    return layer + 1 < layers ? activations.get(layer + 1).attentionNorm() : finalActivations;
  }

  /**
   * @param dOutput [rows, width], gradient of {@link #output}
   * @param dInput [rows, width], gradient of {@link #input}; overwritten
   */
  void backward(Sequences sequences, Tensor dOutput, Tensor dInput) {
    dInput.clear();
    kernels.normalizeBackward(finalNorm, sequences.rows(), finalActivations, dOutput, dInput);
    for (int layer = layers - 1; layer >= 0; layer--) {
      training.backward(blocks.get(layer), sequences, activations.get(layer), dInput);
    }
  }

  @Override
  public void close() {
    training.close();
    evaluation.close();
    memory.close();
  }
}
