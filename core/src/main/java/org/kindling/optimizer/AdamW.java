package org.kindling.optimizer;

import java.util.List;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;

/**
 * AdamW with clipping by the global norm. Weight decay is decoupled and touches matrices only.
 * Holds both moments, and nothing else that outlives a step. Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019</a>
 */
public final class AdamW implements InnerOptimizer {
  private final OptimizerSettings settings;
  private final Kernels kernels;
  private final long size;
  private final AdamWRanges ranges;
  private final List<Moment> moments;

  /**
   * Both moments start at zero.
   *
   * @param kernels of the parameters and gradients that {@link #step} will get; stay the caller's
   */
  public AdamW(OptimizerSettings settings, ParameterLayout layout, Kernels kernels) {
    this.settings = settings;
    this.kernels = kernels;
    this.size = layout.size();
    this.ranges = new AdamWRanges(settings, layout, entry -> true);
    this.moments = Moment.allocate(momentsOf(layout), kernels);
  }

  /** As {@link InnerOptimizer#momentsOf}. */
  static List<MomentSpec> momentsOf(ParameterLayout layout) {
    return List.of(
        new MomentSpec("first_moment", layout.size(), MomentSpec.Kind.SIGNED),
        new MomentSpec("second_moment", layout.size(), MomentSpec.Kind.SQUARE));
  }

  @Override
  public List<Moment> moments() {
    return moments;
  }

  @Override
  public double step(Tensor parameters, Tensor gradients, double learningRate, long step) {
    Clipping.requireOperands(size, parameters, gradients, step);
    Clipping clipping = Clipping.of(settings, kernels, gradients, step);
    ranges.update(
        kernels,
        new AdamWRanges.Step(parameters, gradients, clipping.scale(), learningRate, step),
        moments.get(0).values(),
        moments.get(1).values());
    return clipping.norm();
  }

  @Override
  public void close() {
    moments.forEach(moment -> moment.values().close());
  }
}
