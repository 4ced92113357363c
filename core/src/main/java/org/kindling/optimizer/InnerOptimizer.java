package org.kindling.optimizer;

import java.util.List;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;

/**
 * An optimizer inside a worker. It declares what it keeps between steps, so that averaging,
 * checkpoints and the network can follow it. Nothing else outlives a step. Not thread-safe.
 *
 * <pre>{@code
 * InnerOptimizer.momentsOf(OptimizerSettings.DEFAULTS, layout);
 * // first_moment (SIGNED) and second_moment (SQUARE), layout.size() elements each
 * }</pre>
 */
public interface InnerOptimizer extends AutoCloseable {
  /** What it keeps between steps, in the order of {@link #momentsOf}; zeros in the beginning. */
  List<Moment> moments();

  /**
   * Updates parameters and moments; gradients stay as they are.
   *
   * @param parameters [layout.size()]
   * @param gradients [layout.size()]
   * @param step number of this step, from 1, for the correction of the moments' bias
   * @return the norm of the gradients before clipping
   * @throws ArithmeticException if that norm is not a finite number; nothing was updated then
   */
  double step(Tensor parameters, Tensor gradients, double learningRate, long step);

  @Override
  void close();

  /** What the optimizer of these settings keeps between steps; allocates nothing. */
  static List<MomentSpec> momentsOf(OptimizerSettings settings, ParameterLayout layout) {
    return switch (OptimizerKind.named(settings.kind())) {
      case ADAMW -> AdamW.momentsOf(layout);
      case MUON -> Muon.momentsOf(settings, layout);
    };
  }

  /** Bytes that it takes, its scratch included, where the kernels keep tensors. */
  static long bytes(OptimizerSettings settings, ParameterLayout layout, Kernels kernels) {
    long moments =
        momentsOf(settings, layout).stream()
            .mapToLong(spec -> kernels.tensorBytes(spec.size()))
            .sum();
    return switch (OptimizerKind.named(settings.kind())) {
      case ADAMW -> moments;
      case MUON -> moments + kernels.tensorBytes(Muon.scratchElements(layout));
    };
  }

  /**
   * The optimizer of these settings; all moments start at zero.
   *
   * @param kernels of the parameters and gradients that {@link #step} will get; stay the caller's
   */
  static InnerOptimizer create(
      OptimizerSettings settings, ParameterLayout layout, Kernels kernels) {
    return switch (OptimizerKind.named(settings.kind())) {
      case ADAMW -> new AdamW(settings, layout, kernels);
      case MUON -> new Muon(settings, layout, kernels);
    };
  }
}
