package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.LayerNorm;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;

/** Allocates activations, and closes all that it allocated. */
final class Memory implements AutoCloseable {
  private final Kernels kernels;
  private final List<Tensor> tensors = new ArrayList<>();

  Memory(Kernels kernels) {
    this.kernels = kernels;
  }

  Tensor allocate(long elements) {
    Tensor tensor = kernels.allocate(elements);
    tensors.add(tensor);
    return tensor;
  }

  LayerNorm.Activations norm(long rows, int width) {
    return new LayerNorm.Activations(
        allocate(rows * width), allocate(rows * width), allocate(2 * rows));
  }

  /** Activations of one block for at most these sequences. */
  BlockActivations block(ModelSettings settings, Sequences largest) {
    int width = settings.width();
    long rows = largest.rows();
    Heads heads = new Heads(settings.heads(), width / settings.heads());
    LayerNorm.Activations attentionNorm = norm(rows, width);
    Tensor qkv = allocate(rows * 3 * width);
    return new BlockActivations(
        attentionNorm,
        qkv,
        qkv,
        allocate(kernels.attentionMemory(largest, heads)),
        allocate(rows * width),
        norm(rows, width),
        allocate(rows * TensorNames.EXPANSION_FACTOR * width),
        allocate(rows * TensorNames.EXPANSION_FACTOR * width));
  }

  @Override
  public void close() {
    tensors.forEach(Tensor::close);
    tensors.clear();
  }
}
