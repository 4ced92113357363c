package org.kindling.spark.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.kindling.model.LanguageModels;
import org.kindling.settings.RunSettings;
import org.kindling.settings.SweepSettings;
import org.kindling.settings.SweepSettings.Shape;

/** Which runs a sweep consists of. */
public final class SweepPlan {
  /**
   * A run of the plan.
   *
   * @param budget FLOPs it was planned for
   * @param parameters all of the model
   * @param tokens it trains on
   * @param settings complete
   */
  public record PlannedRun(
      String name, double budget, long parameters, long tokens, RunSettings settings) {
    /** 6 · parameters · tokens; differs from the budget by the rounding to whole steps. */
    public double flops() {
      return 6.0 * parameters * tokens;
    }
  }

  private record Candidate(Shape shape, long parameters) {}

  private SweepPlan() {}

  /**
   * @param vocabulary of the dataset
   * @return runs by budget, then by size
   * @throws IllegalArgumentException if a budget is too small for a shape
   */
  public static List<PlannedRun> of(SweepSettings settings, int vocabulary) {
    List<Candidate> candidates = new ArrayList<>();
    for (Shape shape : settings.models()) {
      long parameters = LanguageModels.layout(settings.model(shape), vocabulary).parameters();
      candidates.add(new Candidate(shape, parameters));
    }
    List<PlannedRun> runs = new ArrayList<>();
    for (double budget : settings.budgets().stream().sorted().toList()) {
      for (Candidate candidate : around(settings, budget, candidates)) {
        runs.add(plan(settings, budget, candidate));
      }
    }
    requireDifferentNames(runs);
    return runs;
  }

  /** Two runs of one name would share a directory. */
  private static void requireDifferentNames(List<PlannedRun> runs) {
    Set<String> names = new HashSet<>();
    for (PlannedRun run : runs) {
      if (!names.add(run.name())) {
        throw new IllegalArgumentException(
            "budgets, models: two runs would be "
                + run.name()
                + "; list each budget once, and no two shapes of equal size");
      }
    }
  }

  /** The candidates nearest, as ratios, to the size at which the budget buys the wanted D / N. */
  private static List<Candidate> around(
      SweepSettings settings, double budget, List<Candidate> candidates) {
    double centre = Math.sqrt(budget / (6 * settings.tokensPerParameter()));
    int count = settings.modelsPerBudget() == 0 ? candidates.size() : settings.modelsPerBudget();
    return candidates.stream()
        .sorted(Comparator.comparingDouble(c -> Math.abs(Math.log(c.parameters() / centre))))
        .limit(count)
        .sorted(Comparator.comparingLong(Candidate::parameters))
        .toList();
  }

  private static PlannedRun plan(SweepSettings settings, double budget, Candidate candidate) {
    long tokensPerStep = settings.training().samplesPerStep() * settings.model().context();
    long steps = Math.round(budget / (6.0 * candidate.parameters() * tokensPerStep));
    if (steps < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "budgets: %.3g FLOPs do not pay for one step of %d tokens with %d parameters;"
                  + " use a larger budget or a smaller training.batch",
              budget,
              tokensPerStep,
              candidate.parameters()));
    }
    String name = "c" + shortened(budget) + "-n" + candidate.parameters();
    return new PlannedRun(
        name,
        budget,
        candidate.parameters(),
        steps * tokensPerStep,
        settings.run(name, candidate.shape(), steps));
  }

  /** 2.7e12 → {@code 2.7e12}, 1e12 → {@code 1e12}; budgets that differ by a thousandth differ. */
  private static String shortened(double budget) {
    return String.format(Locale.ROOT, "%.3e", budget)
        .replaceFirst("\\.?0*e", "e")
        .replace("e+", "e");
  }
}
