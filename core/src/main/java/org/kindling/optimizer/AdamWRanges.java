package org.kindling.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.kindling.kernels.AdamWUpdate;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;

/**
 * The tensors of a layout that AdamW updates. Neighbours that share weight decay and learning rate
 * are one range; second moments of all ranges lie next to each other. Immutable.
 */
final class AdamWRanges {
  private record Ranged(AdamWUpdate.Range range, double rateFactor) {
    boolean continuesAs(Ranged next) {
      return range.decay() == next.range.decay()
          && rateFactor == next.rateFactor
          && range.from() + range.length() == next.range.from();
    }

    Ranged and(Ranged next) {
      return new Ranged(
          new AdamWUpdate.Range(
              range.from(), range.length() + next.range.length(), range.second(), range.decay()),
          rateFactor);
    }
  }

  /** What one step has of its own. */
  record Step(
      Tensor parameters,
      Tensor gradients,
      double gradientScale,
      double learningRate,
      long number) {}

  private final OptimizerSettings settings;
  private final List<Ranged> ranges;
  private final long size;

  /**
   * @param isUpdated whether AdamW updates a tensor
   */
  AdamWRanges(
      OptimizerSettings settings,
      ParameterLayout layout,
      Predicate<ParameterLayout.Entry> isUpdated) {
    this.settings = settings;
    List<Ranged> found = new ArrayList<>();
    List<ParameterLayout.Entry> entries = layout.entries();
    long second = 0;
    for (int i = 0; i < entries.size(); i++) {
      ParameterLayout.Entry entry = entries.get(i);
      if (!isUpdated.test(entry)) {
        continue;
      }
      long to = i + 1 == entries.size() ? layout.size() : entries.get(i + 1).offset();
      long length = to - entry.offset();
      double decay = entry.decays() ? settings.weightDecay() : 0;
      AdamWUpdate.Range range = new AdamWUpdate.Range(entry.offset(), length, second, decay);
      add(found, new Ranged(range, settings.rateFactors().of(entry.role())));
      second += length;
    }
    this.ranges = List.copyOf(found);
    this.size = second;
  }

  private static void add(List<Ranged> found, Ranged next) {
    Ranged last = found.isEmpty() ? null : found.get(found.size() - 1);
    if (last != null && last.continuesAs(next)) {
      found.set(found.size() - 1, last.and(next));
    } else {
      found.add(next);
    }
  }

  /** Elements of all ranges together, gaps behind tensors included. */
  long size() {
    return size;
  }

  /**
   * @param firstMoment [layout.size()]
   * @param secondMoment [{@link #size}]
   */
  void update(Kernels kernels, Step step, Tensor firstMoment, Tensor secondMoment) {
    for (Ranged ranged : ranges) {
      AdamWUpdate update =
          new AdamWUpdate(
              step.parameters(),
              step.gradients(),
              firstMoment,
              secondMoment,
              step.gradientScale(),
              step.learningRate() * ranged.rateFactor(),
              settings.beta1(),
              settings.beta2(),
              settings.epsilon(),
              step.number());
      kernels.adamW(update, ranged.range());
    }
  }
}
