package org.kindling.model.transformer;

import org.kindling.kernels.Arena;
import org.kindling.kernels.Norm;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/** The norms of a transformer: what they declare, and their activations. */
final class NormLayer {
  private NormLayer() {}

  static void declare(ParameterLayout.Builder builder, String module, Norm.Kind kind, int width) {
    ParameterLayout.Role role = ParameterLayout.Role.NORM;
    builder.add(Names.weight(module), role, ParameterLayout.Init.ONES, width);
    if (kind == Norm.Kind.LAYER) {
      builder.add(Names.bias(module), role, ParameterLayout.Init.ZEROS, width);
    }
  }

  static Norm bind(ParameterVectors vectors, ModelSettings settings, String module) {
    return bind(vectors, settings, module, settings.normKind(), settings.width());
  }

  static Norm bind(
      ParameterVectors vectors, ModelSettings settings, String module, Norm.Kind kind, int width) {
    return new Norm(
        kind,
        width,
        settings.normEpsilon(),
        vectors.parameter(Names.weight(module)),
        kind == Norm.Kind.LAYER ? vectors.parameter(Names.bias(module)) : null);
  }

  static Norm.Activations activations(Arena arena, long rows, int width) {
    return activations(arena, arena.take(Arena.Role.RESIDUAL, rows * width), rows, width);
  }

  /**
   * @param input what is normalised
   */
  static Norm.Activations activations(Arena arena, Tensor input, long rows, int width) {
    return new Norm.Activations(
        input,
        arena.take(Arena.Role.ACTIVATION, rows * width),
        arena.take(Arena.Role.STATISTICS, 2 * rows));
  }
}
