package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** A run that goes on with another number of workers sees every sample once, in the same order. */
class WorkersChangeTest {
  private static TrainingSettings settings(int workers, int batch, int accumulate, int local) {
    return new TrainingSettings(workers, batch, accumulate, local, 1000, 1, "fp32", "vector");
  }

  @Property(tries = 200)
  void everySampleIsSeenOnce(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 5) Integer> workersInTurn,
      @ForAll @IntRange(min = 1, max = 4) int batch,
      @ForAll @IntRange(min = 1, max = 3) int accumulate,
      @ForAll @IntRange(min = 1, max = 7) int localSteps) {
    Progress progress = Progress.START;
    List<Long> seen = new ArrayList<>();
    for (int workers : workersInTurn) {
      // The settings say another number: the plan's counts.
      TrainingSettings training = settings(7, batch, accumulate, localSteps);
      for (int round = 0; round < 3; round++) {
        RoundPlan plan = progress.next(training, workers);
        record(plan, training, seen);
        progress = progress.after(plan, training, 16);
      }
    }
    assertThat(progress.samples()).isEqualTo(seen.size());
    assertThat(seen).doesNotHaveDuplicates();
    assertThat(seen.stream().mapToLong(Long::longValue).sorted())
        .containsExactlyElementsOf(LongStream.range(0, seen.size()).boxed().toList());
  }

  /** The samples of a round as {@link Worker} takes them. */
  private static void record(RoundPlan plan, TrainingSettings training, List<Long> seen) {
    for (int step = 0; step < plan.steps(); step++) {
      List<Long> ofStep = new ArrayList<>();
      for (int worker = 0; worker < plan.workers(); worker++) {
        long first = plan.firstSample(step, worker, training);
        for (long i = 0; i < training.samplesPerWorkerStep(); i++) {
          ofStep.add(first + i);
        }
      }
      assertThat(ofStep).as("samples of one step are consecutive").isSorted();
      seen.addAll(ofStep);
    }
  }
}
