package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/** Points drawn with replacement. */
final class Draws {
  /** Resamples of what is cheap to fit again and kept whole. */
  static final int KEPT = 200;

  private Draws() {}

  /** How often each of n points is drawn in one resample with at least some different ones. */
  static int[] counts(int points, int fewestDifferent, SplittableRandom random) {
    int[] counts = new int[points];
    int different = 0;
    while (different < fewestDifferent) {
      Arrays.fill(counts, 0);
      different = 0;
      for (int i = 0; i < points; i++) {
        int k = random.nextInt(points);
        different += counts[k]++ == 0 ? 1 : 0;
      }
    }
    return counts;
  }

  static List<ScalingPoint> points(List<ScalingPoint> of, int[] counts) {
    List<ScalingPoint> drawn = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        drawn.add(of.get(i));
      }
    }
    return drawn;
  }

  /** The middle 95% of a quantity; null without resamples, or where one in twenty has none. */
  static <T> Interval interval(List<T> resampled, ToDoubleFunction<T> quantity) {
    double[] sample = resampled.stream().mapToDouble(quantity).filter(Double::isFinite).toArray();
    // Where many resamples have no such quantity, the rest would look more certain than it is.
    return sample.length < 0.95 * resampled.size() || resampled.isEmpty()
        ? null
        : Interval.middle95(sample);
  }
}
