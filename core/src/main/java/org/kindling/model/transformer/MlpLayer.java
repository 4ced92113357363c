package org.kindling.model.transformer;

import java.util.Collections;
import java.util.List;
import org.kindling.kernels.Activation;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/** The MLP of one block: up projection, with a gate or without, activation, down projection. */
final class MlpLayer {
  private final Activation activation;
  private final int hidden;
  private final Linear up;
  private final Linear down;

  MlpLayer(ModelSettings settings, Names names, int layer, ParameterVectors vectors) {
    activation = activation(settings);
    hidden = settings.hidden();
    up = up(settings, names, layer).bind(vectors);
    down = down(settings, names, layer).bind(vectors);
  }

  private static Activation activation(ModelSettings settings) {
    return Activation.named("model.mlp", settings.mlp());
  }

  static void declare(
      ParameterLayout.Builder builder, ModelSettings settings, Names names, int layer) {
    up(settings, names, layer).declare(builder);
    down(settings, names, layer).declare(builder);
  }

  private static Projection up(ModelSettings settings, Names names, int layer) {
    Activation activation = activation(settings);
    return new Projection(
        names.inBlock(layer, names.up(activation.isGated())),
        names.layout(),
        settings.width(),
        Collections.nCopies(activation.factors(), settings.hidden()),
        settings.mlpBias(),
        Block.STANDARD_DEVIATION);
  }

  private static Projection down(ModelSettings settings, Names names, int layer) {
    return new Projection(
        List.of(names.inBlock(layer, names.down())),
        names.layout(),
        settings.hidden(),
        List.of(settings.width()),
        settings.mlpBias(),
        Block.residualStandardDeviation(settings));
  }

  /**
   * @param up [rows, hidden], or [rows, gate | up]; after the forward pass, what its backward
   *     multiplies with
   * @param activated [rows, hidden]
   */
  record Kept(Tensor up, Tensor activated) {}

  Kept keep(Arena arena, long rows) {
    return new Kept(
        arena.take(Arena.Role.ACTIVATION, rows * up.outputs()),
        arena.take(Arena.Role.ACTIVATION, rows * hidden));
  }

  /** [rows, hidden], the gradient that one block after the other uses. */
  Tensor gradient(Arena arena, long rows) {
    arena.multiplies(0, rows * down.inputs(), rows * up.outputs());
    return arena.take(Arena.Role.SHARED, rows * hidden);
  }

  /** Elements of the weights that multiply activations. */
  long multiplied() {
    return up.elements() + down.elements();
  }

  /**
   * @param x [rows, width]
   * @param y [rows, width]
   */
  void forward(Pass pass, Tensor x, Kept kept, Tensor y) {
    forwardToHidden(pass, x, kept);
    pass.kernels().linear(down, pass.rows(), kept.activated(), y);
  }

  /** All of {@link #forward} that its backward pass reads. */
  void forwardToHidden(Pass pass, Tensor x, Kept kept) {
    pass.kernels().linear(up, pass.rows(), x, kept.up());
    pass.kernels().activate(activation, pass.rows(), hidden, kept.up(), kept.activated());
  }

  /**
   * @param x as given to {@link #forward}
   * @param dy [rows, width], gradient of its output
   * @param dHidden [rows, hidden], overwritten
   * @param dx [rows, width]
   */
  void backward(Pass pass, Tensor x, Kept kept, Tensor dy, Tensor dHidden, Tensor dx) {
    int rows = pass.rows();
    pass.kernels().linearBackward(down, rows, kept.activated(), dy, dHidden);
    pass.kernels().activateBackward(activation, rows, hidden, kept.up(), dHidden);
    pass.kernels().linearBackward(up, rows, x, kept.up(), dx);
  }
}
