package org.kindling.evaluation;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Draws token ids from logits: temperature, then top-k, then nucleus sampling. The same seed and
 * logits give the same ids. Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1904.09751">Holtzman et al. 2019, nucleus sampling</a>
 */
public final class Sampler {
  private final SamplingSettings settings;
  private final SplittableRandom random;

  public Sampler(SamplingSettings settings) {
    this.settings = settings;
    this.random = new SplittableRandom(settings.seed());
  }

  /**
   * @param logits [vocabulary], read only
   */
  public int draw(float[] logits) {
    if (settings.temperature() == 0) {
      return likeliest(logits);
    }
    int[] order = candidates(logits);
    double[] cumulative = cumulative(logits, order);
    double total = cumulative[order.length - 1];
    int kept = order.length;
    if (settings.topP() < 1) {
      kept = 1;
      while (kept < order.length && cumulative[kept - 1] < settings.topP() * total) {
        kept++;
      }
      total = cumulative[kept - 1];
    }
    double at = random.nextDouble() * total;
    int i = 0;
    while (i < kept - 1 && cumulative[i] <= at) {
      i++;
    }
    return order[i];
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /** Ids by falling logit, the smaller id first where logits are equal, cut to top-k. */
  private int[] candidates(float[] logits) {
    int limit = settings.topK() == 0 ? logits.length : settings.topK();
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]).thenComparing(i -> i))
        .limit(limit)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private double[] cumulative(float[] logits, int[] order) {
    double[] cumulative = new double[order.length];
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      sum += Math.exp((logits[order[i]] - logits[order[0]]) / settings.temperature());
      cumulative[i] = sum;
    }
    return cumulative;
  }
}
