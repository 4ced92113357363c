package org.kindling.spark.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kindling.optimizer.LearningRateSchedule;
import org.kindling.settings.RunSettings;
import org.kindling.settings.SweepSettings;
import org.kindling.spark.sweep.SweepPlan.Draft;

/**
 * Completes the schedules of a sweep's runs. With a schedule that has a stable phase, runs that
 * differ in length alone are the same run up to where the shorter one begins to decay: they share a
 * prefix. The longest run takes its steps, once, and the others branch off from that run's
 * checkpoints.
 *
 * @see <a href="https://arxiv.org/abs/2405.18392">Hägele et al. 2024, section 5: scaling laws from
 *     one run and its cool-downs</a>
 */
final class SharedPrefixes {
  private final SweepSettings settings;
  private final int vocabulary;

  SharedPrefixes(SweepSettings settings, int vocabulary) {
    this.settings = settings;
    this.vocabulary = vocabulary;
  }

  /** Complete runs, in the order of the drafts. */
  List<PlannedRun> share(List<Draft> drafts) {
    Map<RunSettings, List<Draft>> groups = new LinkedHashMap<>();
    for (Draft draft : drafts) {
      groups.computeIfAbsent(sameButForLength(draft), key -> new ArrayList<>()).add(draft);
    }
    Map<String, PlannedRun> runs = new LinkedHashMap<>();
    drafts.forEach(draft -> runs.put(draft.name(), null));
    groups.forEach(
        (common, members) -> {
          boolean stable =
              LearningRateSchedule.hasStablePhase(common.optimizer().schedule())
                  && members.size() > 1;
          List<PlannedRun> planned =
              stable ? branches(members) : members.stream().map(this::alone).toList();
          planned.forEach(run -> runs.put(run.name(), run));
        });
    return List.copyOf(runs.values());
  }

  private RunSettings sameButForLength(Draft draft) {
    return settings.run("", draft.shape(), 1, 0, draft.set());
  }

  private PlannedRun alone(Draft draft) {
    return planned(draft, warmupSteps(draft.steps()));
  }

  private long warmupSteps(long steps) {
    return Math.round(settings.warmupFraction() * steps);
  }

  private PlannedRun planned(Draft draft, long warmupSteps) {
    RunSettings run =
        settings.run(draft.name(), draft.shape(), draft.steps(), warmupSteps, draft.set());
    if (LearningRateSchedule.hasStablePhase(run.optimizer().schedule())) {
      run = decayingFromTheEndOfARound(run);
    }
    return new PlannedRun(
        draft.name(),
        draft.parameters(),
        draft.steps() * PlannedRun.tokensPerStep(run),
        vocabulary,
        run);
  }

  /** Moves the start of the decay back to the end of a round, where there can be a checkpoint. */
  private static RunSettings decayingFromTheEndOfARound(RunSettings run) {
    long steps = run.training().steps();
    long start = decayStart(run) / run.training().localSteps() * run.training().localSteps();
    double fraction = (double) (steps - start) / steps;
    return run.with(run.run(), Map.of("optimizer.decayFraction", fraction));
  }

  private static long decayStart(RunSettings run) {
    return new LearningRateSchedule(run.optimizer(), run.training().steps()).decayStart();
  }

  /** The members of a group, all with the warm-up of the shortest. */
  private List<PlannedRun> branches(List<Draft> members) {
    List<Draft> byLength = members.stream().sorted(Comparator.comparingLong(Draft::steps)).toList();
    long warmupSteps = warmupSteps(byLength.get(0).steps());
    List<PlannedRun> runs = new ArrayList<>();
    byLength.forEach(draft -> runs.add(planned(draft, warmupSteps)));
    int last = runs.size() - 1;
    String prefixRun = runs.get(last).name();
    List<Long> steps = new ArrayList<>();
    for (int i = 0; i < last; i++) {
      RunSettings run = runs.get(i).settings();
      long start = decayStart(run);
      // A decay that begins during warm-up, or that has no round before it, has nothing to share.
      boolean shares =
          start > 0
              && start >= run.optimizer().warmupSteps()
              && start % run.training().localSteps() == 0
              && start <= decayStart(runs.get(last).settings());
      if (shares) {
        runs.set(i, runs.get(i).branching(prefixRun, start));
        steps.add(start);
      }
    }
    PlannedRun longest = runs.get(last);
    RunSettings withCheckpoints =
        longest
            .settings()
            .with(prefixRun, Map.of("checkpoint.atSteps", steps.stream().distinct().toList()));
    runs.set(
        last,
        new PlannedRun(
            prefixRun, longest.parameters(), longest.tokens(), vocabulary, withCheckpoints));
    return runs;
  }
}
