package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RoundPlanTest {
  private static TrainingSettings settings(int workers, int batch, int accumulate, long steps) {
    return new TrainingSettings(workers, batch, accumulate, 3, steps, 1, "fp32", "auto");
  }

  private static void collect(RoundPlan plan, TrainingSettings settings, List<Long> samples) {
    for (int step = 0; step < plan.steps(); step++) {
      for (int worker = 0; worker < plan.workers(); worker++) {
        long first = plan.firstSample(step, worker, settings);
        LongStream.range(first, first + settings.samplesPerWorkerStep()).forEach(samples::add);
      }
    }
  }

  @Property(tries = 200)
  void everySampleIsTakenOnceWhateverTheNumberOfWorkersBeforeAndAfter(
      @ForAll @IntRange(min = 1, max = 5) int workersBefore,
      @ForAll @IntRange(min = 1, max = 5) int workersAfter,
      @ForAll @IntRange(min = 1, max = 4) int batch,
      @ForAll @IntRange(min = 1, max = 3) int accumulate,
      @ForAll @IntRange(min = 1, max = 20) int steps) {
    List<Long> samples = new ArrayList<>();
    TrainingSettings before = settings(workersBefore, batch, accumulate, steps);
    TrainingSettings after = settings(workersAfter, batch, accumulate, steps);
    Progress progress = Progress.START;
    while (progress.step() < steps) {
      TrainingSettings current = progress.step() < steps / 2 ? before : after;
      RoundPlan plan = progress.next(current, current.workers());
      collect(plan, current, samples);
      progress = progress.after(plan, current, 8);
    }
    assertThat(progress.step()).isEqualTo(steps);
    assertThat(progress.samples()).isEqualTo(samples.size());
    assertThat(progress.tokens()).isEqualTo(8L * samples.size());
    assertThat(samples)
        .containsExactlyElementsOf(LongStream.range(0, samples.size()).boxed().toList());
  }

  @Property(tries = 100)
  void shardsCoverTheVectorOnce(
      @ForAll @IntRange(min = 1, max = 100_000) int size,
      @ForAll @IntRange(min = 1, max = 9) int workers) {
    Sharding sharding = Sharding.of(size, workers);
    long next = 0;
    for (int s = 0; s < sharding.count(); s++) {
      assertThat(sharding.offset(s)).isEqualTo(next);
      next += sharding.length(s);
    }
    assertThat(next).isEqualTo(size);
  }
}
