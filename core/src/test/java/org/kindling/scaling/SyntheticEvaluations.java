package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Evaluations that follow a known law: a sweep of budgets and sizes with its checkpoints. */
public final class SyntheticEvaluations {
  /** About as a sweep of minutes on two cores would give: 20 tokens per parameter at 10¹² FLOPs. */
  public static final ParametricLaw DEMO = new ParametricLaw(1.6, 48.6, 68.5, 0.34, 0.28);

  /** The published numbers of Hoffmann et al. 2022, table A3. */
  public static final ParametricLaw CHINCHILLA = new ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28);

  private SyntheticEvaluations() {}

  /** Runs on a grid of sizes symmetric around the optimum of each budget, no noise. */
  static List<EvaluationRow> symmetricSweep(
      ParametricLaw law, double[] budgets, double[] sizeFactors) {
    List<EvaluationRow> rows = new ArrayList<>();
    for (double flops : budgets) {
      for (double factor : sizeFactors) {
        double n = factor * law.optimalParameters(flops, 6);
        rows.add(row("r" + rows.size(), n, flops / 6 / n, law.loss(n, flops / 6 / n)));
      }
    }
    return rows;
  }

  /** Sizes and tokens anywhere, losses with log-normal noise. */
  static List<EvaluationRow> scattered(ParametricLaw law, int points, double noise, long seed) {
    Random random = new Random(seed);
    List<EvaluationRow> rows = new ArrayList<>();
    for (int i = 0; i < points; i++) {
      double n = 4e7 * Math.pow(400, random.nextDouble());
      double d = 3e9 * Math.pow(300, random.nextDouble());
      rows.add(row("r" + i, n, d, law.loss(n, d) * Math.exp(noise * random.nextGaussian())));
    }
    return rows;
  }

  static EvaluationRow row(String run, double n, double d, double loss) {
    return new EvaluationRow(
        run, "transformer", 100, n, Double.NaN, d, 6 * n * d, loss, Double.NaN, true);
  }

  /** A demo: budgets × sizes with four checkpoints each before the last, and two baselines. */
  public static List<EvaluationRow> demo(double[] budgets, double[] sizeFactors, double noise) {
    Random random = new Random(7);
    List<EvaluationRow> rows = new ArrayList<>();
    rows.add(baseline("unigram", 512, 5.93));
    rows.add(baseline("bigram", 262_144, 4.42));
    for (double flops : budgets) {
      for (double factor : sizeFactors) {
        double n = Math.rint(factor * DEMO.optimalParameters(flops, 6) / 64) * 64;
        double d = Math.rint(flops / 6 / n / 1024) * 1024;
        String name = String.format(Locale.ROOT, "c%.0e-n%.0fk", flops, n / 1000);
        double end = DEMO.loss(n, d) * Math.exp(noise * random.nextGaussian());
        for (int part = 1; part <= 5; part++) {
          double tokens = d * part / 5;
          // Before the learning rate has decayed, the loss is higher than a run of that length.
          double loss = part == 5 ? end : DEMO.loss(n, tokens) + 0.12 * (1 - part / 5.0) + 0.03;
          rows.add(
              new EvaluationRow(
                  name,
                  "transformer",
                  part * 100,
                  n,
                  8_192,
                  tokens,
                  6 * n * tokens,
                  loss,
                  loss / Math.log(2) / 2.9,
                  part == 5));
        }
      }
    }
    return rows;
  }

  /** These and twelve finished runs of a family that needs more compute for the same loss. */
  public static List<EvaluationRow> withSlowerFamily(List<EvaluationRow> rows) {
    List<EvaluationRow> all = new ArrayList<>(rows);
    for (double flops : new double[] {1e12, 3e12, 9e12, 27e12}) {
      for (double factor : new double[] {0.5, 1, 2}) {
        double n = factor * DEMO.optimalParameters(flops, 6);
        double d = flops / 6 / n;
        all.add(
            new EvaluationRow(
                String.format(Locale.ROOT, "lstm-c%.0e-n%.0fk", flops, n / 1000),
                "lstm",
                100,
                n,
                8_192,
                d,
                flops,
                DEMO.loss(n, d / 3),
                Double.NaN,
                true));
      }
    }
    return all;
  }

  private static EvaluationRow baseline(String family, double parameters, double loss) {
    return new EvaluationRow(
        family,
        family,
        -1,
        parameters,
        Double.NaN,
        2e7,
        Double.NaN,
        loss,
        loss / Math.log(2) / 2.9,
        true);
  }
}
