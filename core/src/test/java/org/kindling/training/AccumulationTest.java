package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.OffHeapMemory;

/** Micro-batches: the same step as one large batch, in the memory of one of them. */
class AccumulationTest {
  private static final RoundPlan THREE_STEPS = new RoundPlan(1, 0, 3, 0, 1);

  @TempDir private Path directory;

  private record Outcome(float[] parameters, double meanLoss, long peakBytes) {}

  @Test
  void microBatchesTakeTheStepOfOneLargeBatchInLessMemory() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    Outcome large = train(fixture, 6, 1);
    Outcome micro = train(fixture, 2, 3);
    Outcome one = train(fixture, 2, 1);
    assertThat(micro.meanLoss()).isCloseTo(large.meanLoss(), within(1e-5));
    assertThat(micro.parameters()).containsExactly(large.parameters(), within(2e-4f));
    assertThat(micro.parameters()).isNotEqualTo(one.parameters());
    assertThat(micro.peakBytes()).isEqualTo(one.peakBytes()).isLessThan(large.peakBytes());
  }

  private static Outcome train(TrainingFixture fixture, int batch, int accumulate)
      throws IOException {
    TrainingSettings training =
        new TrainingSettings(1, batch, accumulate, 3, 3, 3, "fp32", "vector");
    RunDescription run = fixture.describe(training, TrainingFixture.PLAIN);
    long before = OffHeapMemory.heldBytes();
    OffHeapMemory.startPeak();
    try (Worker worker = Worker.open(run, fixture.storage())) {
      worker.initialize();
      WorkerReport report = worker.train(THREE_STEPS, 0);
      StateLayout whole = run.stateLayout(new Sharding(worker.model().layout().size(), 1));
      return new Outcome(
          worker.first(whole, 0).parameters(),
          report.lossSum() / report.weight(),
          OffHeapMemory.peakBytes() - before);
    }
  }
}
