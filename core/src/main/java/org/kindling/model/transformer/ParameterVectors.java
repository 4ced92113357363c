package org.kindling.model.transformer;

import java.util.List;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Tensor;
import org.kindling.model.Activations;
import org.kindling.model.NormalNumbers;
import org.kindling.model.ParameterLayout;

/** The flat vectors of parameters and of gradients, and the views of them that layers work on. */
final class ParameterVectors {
  private static final int PIECE = 8192;

  final ParameterLayout layout;
  final Tensor values;

  /** Null if the model learns nothing. */
  final Tensor gradients;

  ParameterVectors(ParameterLayout layout, Activations activations, Arena arena) {
    this.layout = layout;
    values = arena.take(Arena.Role.PARAMETER, layout.size());
    gradients =
        activations == Activations.DISCARDED
            ? null
            : arena.take(Arena.Role.PARAMETER_GRADIENT, layout.size());
  }

  Parameter parameter(String name) {
    return parameter(List.of(name));
  }

  /** Several tensors that lie next to each other, as one. */
  Parameter parameter(List<String> names) {
    ParameterLayout.Entry first = layout.entry(names.get(0));
    ParameterLayout.Entry last = layout.entry(names.get(names.size() - 1));
    long elements = last.offset() + last.elements() - first.offset();
    return new Parameter(
        values.slice(first.offset(), elements),
        gradients == null ? null : gradients.slice(first.offset(), elements));
  }

  /** Sets all parameters to their init; the same seed gives the same bits on every machine. */
  void initialize(long seed) {
    NormalNumbers numbers = new NormalNumbers(seed);
    float[] piece = new float[PIECE];
    values.clear();
    for (ParameterLayout.Entry entry : layout.entries()) {
      for (long done = 0; done < entry.elements(); done += PIECE) {
        int length = (int) Math.min(PIECE, entry.elements() - done);
        fill(piece, length, numbers, entry.init());
        values.write(entry.offset() + done, piece, 0, length);
      }
    }
  }

  private static void fill(
      float[] piece, int length, NormalNumbers numbers, ParameterLayout.Init init) {
    double standardDeviation = init.standardDeviation();
    for (int i = 0; i < length; i++) {
      double random = standardDeviation == 0 ? 0 : numbers.next() * standardDeviation;
      piece[i] = (float) (init.mean() + random);
    }
  }
}
