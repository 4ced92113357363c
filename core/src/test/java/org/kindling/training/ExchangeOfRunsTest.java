package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.optimizer.OuterSettings;

/** What coded, overlapping and incomplete rounds do to a run. */
class ExchangeOfRunsTest {
  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeData() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  private RunDescription run(int workers, String exchange, boolean overlap) {
    return fixture.describe(
        fixture.training(workers, 4, 2, 24).exchanging(exchange, overlap),
        new OuterSettings(0.5, 0.5));
  }

  private double lastLoss(RunDescription run, String name) throws IOException {
    List<RoundMetrics> rounds = fixture.runLocally(run, name, false).rounds;
    return rounds.get(rounds.size() - 1).validationLoss();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "int8", "int4"})
  void learnsAsInFullPrecision(String exchange) throws IOException {
    double expected = lastLoss(run(2, "fp32", false), "fp32");
    assertThat(lastLoss(run(2, exchange, false), exchange)).isCloseTo(expected, within(0.05));
  }

  /** One worker knows all there is to know: it begins where it would have begun anyway. */
  @Test
  void oneWorkerLosesNothingByOverlap() throws IOException {
    double expected = lastLoss(run(1, "fp32", false), "waiting");
    assertThat(lastLoss(run(1, "fp32", true), "overlap")).isCloseTo(expected, within(1e-3));
  }

  @ParameterizedTest
  @CsvSource({"fp32, true", "int8, false", "int4, true"})
  void resumedRunEqualsUninterruptedRun(String exchange, boolean overlap) throws IOException {
    RunDescription run = run(3, exchange, overlap);
    fixture.runLocally(run, "whole", false);
    fixture.runLocally(run, "broken", false);
    deleteAfter("broken", 12);
    fixture.runLocally(run, "broken", true);
    assertThat(fixture.model("broken", 24)).isEqualTo(fixture.model("whole", 24));
  }

  @Test
  void otherBitsFromACheckpointOnAreAllowedAndSaid() throws IOException {
    fixture.runLocally(run(2, "fp32", false), "run", false);
    deleteAfter("run", 12);
    assertThat(fixture.runLocally(run(2, "int4", false), "run", true).messages)
        .contains(
            "note: workers exchanged fp32 up to step-000000012 and exchange int4 from here on"
                + " (training.exchange)");
  }

  @Test
  void roundsWithoutSomeWorkersAverageTheOthers() throws IOException {
    RunDescription run = run(3, "int8", true);
    Files.createDirectories(directory.resolve("two"));
    Files.writeString(
        directory.resolve("two").resolve(Decisions.FILE),
        "{\"round\":1,\"workers\":3,\"settings\":\""
            + run.training().workersInWords()
            + "\"}\n{\"round\":2,\"counted\":[0,2]}\n");
    TrainingFixture.Recorder recorder = fixture.runLocally(run, "two", true);
    assertThat(recorder.messages)
        .contains("round 2: 2 of 3 workers were done in time and count")
        .noneMatch(message -> message.startsWith("round 3:"));
    fixture.runLocally(run, "all", false);
    assertThat(fixture.model("two", 24)).isNotEqualTo(fixture.model("all", 24));
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0, training.quorum: expected 0 (all) to the number of workers (3)",
    "-1, 0, training.quorum: expected 0 (all)",
    "2, -1, training.graceSeconds: expected 0 or more seconds"
  })
  void wrongQuorumIsRefused(int quorum, double grace, String message) {
    assertThatThrownBy(() -> fixture.training(3, 4, 2, 24).withQuorum(quorum, grace))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void otherOptimizerThanTheCheckpointsIsRefused() throws IOException {
    RunDescription adamW = run(1, "fp32", false);
    fixture.runLocally(adamW, "run", false);
    deleteAfter("run", 12);
    RunDescription muon =
        new RunDescription(
            adamW.data(),
            adamW.vocabulary(),
            adamW.model(),
            adamW.training(),
            adamW.optimizer().withKind("muon"),
            adamW.outer(),
            adamW.evaluation());
    assertThatThrownBy(() -> fixture.runLocally(muon, "run", true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("optimizer.kind: ")
        .hasMessageContaining("it was trained with another optimizer");
  }

  private void deleteAfter(String name, long step) throws IOException {
    try (Stream<Path> checkpoints = Files.list(directory.resolve(name).resolve("checkpoints"))) {
      for (Path checkpoint : checkpoints.toList()) {
        if (Long.parseLong(checkpoint.getFileName().toString().substring("step-".length()))
            > step) {
          try (Stream<Path> files = Files.walk(checkpoint)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
              Files.delete(file);
            }
          }
        }
      }
    }
  }
}
