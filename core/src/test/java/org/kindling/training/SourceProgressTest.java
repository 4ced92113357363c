package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.corpus.Mixture;
import org.kindling.evaluation.LossSum;
import org.kindling.optimizer.OuterSettings;

class SourceProgressTest {
  @TempDir Path directory;

  @Test
  void countsEpochsAndWeighsLosses() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    RunDescription run =
        fixture.mixed(fixture.describe(fixture.training(1, 4, 3, 3), OuterSettings.DEFAULTS));
    Mixture mixture = Mixture.open(fixture.storage(), run.data());
    long[] samples = mixture.samples(20);
    SourceProgress progress = new SourceProgress(mixture, 20, 1);
    // Every fourth sample is of the second dataset: three others to each.
    assertThat(progress.at(4 * 8 * samples[1], null))
        .containsExactly(
            new SourceMetrics("data", 24 * samples[1], 24.0 * samples[1] / samples[0], null),
            new SourceMetrics("numbers", 8 * samples[1], 8, null));
    assertThat(progress.epochs(4 * samples[1])).endsWith(", numbers 1.00 epochs");
    assertThat(progress.epochs(4)).matches("data 0\\.00\\d+ epochs, numbers 0\\.007\\d epochs");
    assertThat(progress.epochs(0)).isEqualTo("data 0.00 epochs, numbers 0.00 epochs");
    // Means of 2 and 4 nats, whatever the number of predictions.
    assertThat(progress.mean(List.of(new LossSum(20, 10), new LossSum(4000, 1000))))
        .isEqualTo(0.75 * 2 + 0.25 * 4);
  }
}
