package org.kindling.model.transformer;

import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;
import org.kindling.model.MemoryEstimate;
import org.kindling.model.ModelSettings;

/** Adds up what {@link Transformer} and its optimizer would allocate, tensor by tensor. */
final class TransformerMemory {
  private final Kernels kernels;
  private final ModelSettings settings;
  private final Sequences largest;

  TransformerMemory(ModelSettings settings, int maxSequences, Kernels kernels) {
    this.settings = settings;
    this.kernels = kernels;
    requireAddressable("batch", (long) maxSequences * settings.context(), Integer.MAX_VALUE);
    this.largest = Sequences.whole(maxSequences, settings.context());
  }

  private static void requireAddressable(String what, long elements, long most) {
    if (elements > most) {
      throw new IllegalArgumentException(
          String.format(
              "model: %s would have %d elements, at most %d can be addressed; use a smaller batch"
                  + " with more training.accumulate, or a smaller model",
              what, elements, most));
    }
  }

  MemoryEstimate estimate(int vocabulary) {
    requireLayers(vocabulary);
    int layers = settings.layers();
    long vector = kernels.tensorBytes(TensorNames.layout(settings, vocabulary).size());
    long attention = kernels.tensorBytes(kernels.attentionMemory(largest, heads()));
    return new MemoryEstimate(
        vector,
        vector,
        2 * vector,
        Math.multiplyExact(layers, block()),
        Math.multiplyExact(layers, attention),
        shared(),
        kernels.tensorBytes(kernels.unembeddingScratch(vocabulary)),
        copies(vocabulary));
  }

  private long copies(int vocabulary) {
    long width = settings.width();
    long expansion = TensorNames.EXPANSION_FACTOR;
    // Query, key and value, the projection after attention, and the perceptron's two matrices.
    long block = Math.multiplyExact(4 + 2 * expansion, width * width);
    long hidden = largest.rows() * expansion * width;
    return kernels.copiesBytes(
        Math.addExact(Math.multiplyExact(settings.layers(), block), vocabulary * width),
        hidden,
        Math.max(hidden, kernels.unembeddingScratch(vocabulary)));
  }

  private void requireLayers(int vocabulary) {
    long width = settings.width();
    long most = kernels.mostLayerElements();
    long hidden = TensorNames.EXPANSION_FACTOR * width;
    requireAddressable("the token embedding", vocabulary * width, most);
    requireAddressable("the hidden layer of a batch", largest.rows() * hidden, most);
    requireAddressable("attention", kernels.attentionMemory(largest, heads()), most);
  }

  private Heads heads() {
    return new Heads(settings.heads(), settings.width() / settings.heads());
  }

  /** Widths of a row; a multiple of the residual stream's. */
  private long rows(int widths) {
    return kernels.tensorBytes((long) largest.rows() * widths * settings.width());
  }

  private long norm() {
    return 2 * rows(1) + kernels.tensorBytes(2L * largest.rows());
  }

  private long block() {
    long hidden = rows(TensorNames.EXPANSION_FACTOR);
    return 2 * norm() + rows(3) + rows(1) + 2 * hidden;
  }

  private long shared() {
    long gradients = rows(1) + rows(3) + rows(1) + rows(TensorNames.EXPANSION_FACTOR);
    return norm() + 3 * rows(1) + gradients;
  }
}
