package org.kindling.spark.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.kindling.model.LanguageModels;
import org.kindling.settings.RunSettings;
import org.kindling.settings.ShapeTable;
import org.kindling.settings.SweepSettings;
import org.kindling.settings.SweepSettings.Listed;
import org.kindling.settings.SweepSettings.Shape;

/** Which runs a sweep consists of. */
public final class SweepPlan {
  private record Candidate(Shape shape, long parameters) {}

  private final SweepSettings settings;
  private final int vocabulary;

  private SweepPlan(SweepSettings settings, int vocabulary) {
    this.settings = settings;
    this.vocabulary = vocabulary;
  }

  /**
   * @param vocabulary of the dataset
   * @return runs by budget, then by size, then those of the list
   * @throws IllegalArgumentException if a budget is too small for a shape
   */
  public static List<PlannedRun> of(SweepSettings settings, int vocabulary) {
    SweepPlan plan = new SweepPlan(settings, vocabulary);
    List<Draft> drafts = new ArrayList<>();
    List<Candidate> candidates = plan.candidates();
    for (double budget : settings.budgets().stream().sorted().toList()) {
      for (Candidate candidate : plan.choose(budget, candidates)) {
        drafts.add(plan.draft(budget, candidate));
      }
    }
    for (Listed listed : settings.list()) {
      for (double tokens : listed.tokens()) {
        drafts.add(plan.draft(listed, tokens));
      }
    }
    requireDifferentNames(drafts);
    return new SharedPrefixes(settings, vocabulary).share(drafts);
  }

  private List<Candidate> candidates() {
    boolean table = settings.models().isEmpty();
    List<Candidate> candidates = new ArrayList<>();
    for (Shape shape : table ? ShapeTable.SHAPES : settings.models()) {
      candidates.add(new Candidate(shape, parameters(settingsOf(shape, 1, Map.of()))));
    }
    return candidates;
  }

  private RunSettings settingsOf(Shape shape, long steps, Map<String, ?> set) {
    return settings.run("", shape, steps, 0, set);
  }

  private long parameters(RunSettings run) {
    return LanguageModels.layout(run.model(), vocabulary).parameters();
  }

  /** Two runs of one name would share a directory. */
  private static void requireDifferentNames(List<Draft> drafts) {
    Set<String> names = new HashSet<>();
    for (Draft draft : drafts) {
      if (!names.add(draft.name())) {
        throw new IllegalArgumentException(
            "budgets, models, list: two runs would be "
                + draft.name()
                + "; list each budget once, no two shapes of equal size, and give entries of the list"
                + " a name");
      }
    }
  }

  /** Sizes around the one at which the budget buys the wanted tokens per parameter. */
  private List<Candidate> choose(double budget, List<Candidate> candidates) {
    double centre = Math.sqrt(budget / (6 * settings.tokensPerParameter()));
    List<Candidate> chosen =
        settings.models().isEmpty()
            ? spaced(centre, candidates)
            : nearest(centre, candidates, settings.modelsPerBudget());
    return chosen.stream().sorted(Comparator.comparingLong(Candidate::parameters)).toList();
  }

  /** The candidates nearest to a size, as ratios; all of them for a count of 0. */
  private static List<Candidate> nearest(double size, List<Candidate> candidates, int count) {
    return candidates.stream()
        .sorted(Comparator.comparingDouble(c -> Math.abs(Math.log(c.parameters() / size))))
        .limit(count == 0 ? candidates.size() : count)
        .toList();
  }

  /** For each of the sizes that are sizeRatio apart around the centre, the nearest left over. */
  private List<Candidate> spaced(double centre, List<Candidate> candidates) {
    List<Candidate> left = new ArrayList<>(candidates);
    List<Candidate> chosen = new ArrayList<>();
    int count = Math.min(settings.modelsPerBudget(), left.size());
    for (int i = 0; i < count; i++) {
      double size = centre * Math.pow(settings.sizeRatio(), i - (count - 1) / 2.0);
      Candidate next = nearest(size, left, 1).get(0);
      left.remove(next);
      chosen.add(next);
    }
    return chosen;
  }

  private Draft draft(double budget, Candidate candidate) {
    long tokensPerStep = PlannedRun.tokensPerStep(settingsOf(candidate.shape(), 1, Map.of()));
    long steps = Math.round(budget / (6.0 * candidate.parameters() * tokensPerStep));
    if (steps < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "budgets: %.3g FLOPs do not pay for one step of %d tokens with %d parameters;"
                  + " use a larger budget or a smaller training.microBatch",
              budget,
              tokensPerStep,
              candidate.parameters()));
    }
    String name = "c" + shortened(budget) + "-n" + candidate.parameters();
    return new Draft(name, candidate.parameters(), candidate.shape(), steps, Map.of());
  }

  private Draft draft(Listed listed, double tokens) {
    Shape shape = settings.shape(listed);
    RunSettings first = settingsOf(shape, 1, listed.set());
    if (first.training().steps() != 1 || !first.run().equals(settings.runs() + "/")) {
      throw new IllegalArgumentException(
          "list[].set: run and training.steps follow from the sweep; leave them out");
    }
    long steps = Math.round(tokens / PlannedRun.tokensPerStep(first));
    if (steps < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "list[].tokens: %s are fewer than the %d of one step",
              shortened(tokens),
              PlannedRun.tokensPerStep(first)));
    }
    long parameters = parameters(first);
    String size = listed.name() == null ? "n" + parameters : listed.name();
    String name = size + "-d" + shortened(tokens);
    return new Draft(name, parameters, shape, steps, listed.set());
  }

  /** 2.7e12 → {@code 2.7e12}, 1e12 → {@code 1e12}; numbers that differ by a thousandth differ. */
  static String shortened(double number) {
    return String.format(Locale.ROOT, "%.3e", number)
        .replaceFirst("\\.?0*e", "e")
        .replaceFirst("e[+]0?", "e");
  }

  /**
   * A run whose warm-up and shared prefix are not known yet.
   *
   * @param set what the list says of it beyond its size, by key
   */
  record Draft(String name, long parameters, Shape shape, long steps, Map<String, Object> set) {}
}
