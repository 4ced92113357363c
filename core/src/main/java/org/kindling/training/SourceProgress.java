package org.kindling.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.kindling.corpus.Mixture;
import org.kindling.corpus.MixtureOrder;
import org.kindling.evaluation.LossSum;

/**
 * How far a run has come in each of its datasets. All of it follows from the number of samples
 * consumed. Immutable.
 */
public final class SourceProgress {
  private final List<String> names;
  private final long[] samples;
  private final MixtureOrder order;

  /**
   * @param context predictions per sample
   * @param seed of the run
   */
  public SourceProgress(Mixture mixture, int context, long seed) {
    this.names = mixture.names();
    this.samples = mixture.samples(context);
    this.order = new MixtureOrder(mixture.data(), seed);
  }

  /**
   * @param consumed samples drawn from all datasets together
   * @param validation one sum per dataset, or null if nothing was measured
   */
  public List<SourceMetrics> at(long consumed, List<LossSum> validation) {
    List<SourceMetrics> sources = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      long served = order.served(i, consumed);
      sources.add(
          new SourceMetrics(
              names.get(i),
              served,
              (double) served / samples[i],
              validation == null || validation.get(i).tokens() == 0
                  ? null
                  : validation.get(i).mean()));
    }
    return sources;
  }

  /**
   * Mean loss of the mixture: of the datasets' means, by their shares of the samples.
   *
   * @return null if a dataset has nothing to predict
   */
  public Double mean(List<LossSum> validation) {
    if (validation.stream().anyMatch(sum -> sum.tokens() == 0)) {
      return null;
    }
    double mean = 0;
    for (int i = 0; i < samples.length; i++) {
      mean += order.share(i) * validation.get(i).mean();
    }
    return mean;
  }

  /** {@code code 1.50 epochs, text 0.25 epochs}; two digits of less than a tenth. */
  public String epochs(long consumed) {
    return at(consumed, null).stream()
        .map(
            s ->
                String.format(
                    Locale.ROOT,
                    s.epochs() > 0 && s.epochs() < 0.1 ? "%s %.2g epochs" : "%s %.2f epochs",
                    s.name(),
                    s.epochs()))
        .collect(Collectors.joining(", "));
  }
}
