package org.kindling.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.AdamWUpdate;
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
  /** As in PyTorch's {@code clip_grad_norm_}. */
  private static final double CLIP_EPSILON = 1e-6;

  /** Neighbours in the flat vector that share weight decay and learning rate. */
  private record Range(long from, long length, double decay, double rateFactor) {
    boolean isLike(Range other) {
      return decay == other.decay && rateFactor == other.rateFactor;
    }

    Range and(Range next) {
      return new Range(from, length + next.length, decay, rateFactor);
    }
  }

  private final OptimizerSettings settings;
  private final Kernels kernels;
  private final long size;
  private final List<Range> ranges;
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
    this.ranges = ranges(layout, settings);
    this.moments =
        momentsOf(layout).stream()
            .map(spec -> new Moment(spec, kernels.allocate(spec.size())))
            .toList();
  }

  /** As {@link InnerOptimizer#momentsOf}. */
  static List<MomentSpec> momentsOf(ParameterLayout layout) {
    return List.of(
        new MomentSpec("first_moment", layout.size(), MomentSpec.Kind.SIGNED),
        new MomentSpec("second_moment", layout.size(), MomentSpec.Kind.SQUARE));
  }

  /** Neighbours that are treated alike are one range. */
  private static List<Range> ranges(ParameterLayout layout, OptimizerSettings settings) {
    List<Range> ranges = new ArrayList<>();
    List<ParameterLayout.Entry> entries = layout.entries();
    for (int i = 0; i < entries.size(); i++) {
      ParameterLayout.Entry entry = entries.get(i);
      long to = i + 1 == entries.size() ? layout.size() : entries.get(i + 1).offset();
      double decay = entry.decays() ? settings.weightDecay() : 0;
      Range own =
          new Range(
              entry.offset(), to - entry.offset(), decay, settings.rateFactors().of(entry.role()));
      Range before = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (before != null && before.isLike(own)) {
        ranges.set(ranges.size() - 1, before.and(own));
      } else {
        ranges.add(own);
      }
    }
    return List.copyOf(ranges);
  }

  @Override
  public List<Moment> moments() {
    return moments;
  }

  private Tensor firstMoment() {
    return moments.get(0).values();
  }

  private Tensor secondMoment() {
    return moments.get(1).values();
  }

  @Override
  public double step(Tensor parameters, Tensor gradients, double learningRate, long step) {
    if (step < 1) {
      throw new IllegalArgumentException("optimizer: steps count from 1, not " + step);
    }
    if (parameters.size() != size || gradients.size() != size) {
      throw new IllegalArgumentException(
          String.format(
              "optimizer: expected %d parameters and gradients, found %d and %d",
              size, parameters.size(), gradients.size()));
    }
    double norm = Math.sqrt(kernels.sumOfSquares(gradients));
    if (!Double.isFinite(norm)) {
      throw new ArithmeticException(
          "optimizer: the norm of the gradients is "
              + norm
              + " at step "
              + step
              + ", expected a finite number; lower optimizer.learningRate or lengthen"
              + " optimizer.warmupSteps");
    }
    double scale = clip(norm);
    for (Range range : ranges) {
      double rate = learningRate * range.rateFactor();
      AdamWUpdate update = update(parameters, gradients, scale, rate, step);
      kernels.adamW(update, range.from(), range.length(), range.decay());
    }
    return norm;
  }

  private double clip(double norm) {
    double clipNorm = settings.clipNorm();
    return clipNorm == 0 ? 1 : Math.min(1, clipNorm / (norm + CLIP_EPSILON));
  }

  private AdamWUpdate update(
      Tensor parameters, Tensor gradients, double scale, double learningRate, long step) {
    return new AdamWUpdate(
        parameters,
        gradients,
        firstMoment(),
        secondMoment(),
        scale,
        learningRate,
        settings.beta1(),
        settings.beta2(),
        settings.epsilon(),
        step);
  }

  @Override
  public void close() {
    moments.forEach(moment -> moment.values().close());
  }
}
