package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.optimizer.OuterSettings;

class LocalRoundsTest {
  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeData() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  @Test
  void learns() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 8, 20, 160), OuterSettings.DEFAULTS);
    List<RoundMetrics> rounds = fixture.runLocally(run, "learns", false).rounds;
    assertThat(rounds).hasSize(8);
    assertThat(rounds.get(0).loss()).isGreaterThan(4);
    assertThat(rounds.get(7).loss()).isLessThan(2);
    assertThat(rounds.get(7).heldOutLoss()).isLessThan(2);
  }

  @Test
  void sameSeedGivesTheSameBytes() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 12), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "first", false);
    fixture.runLocally(run, "second", false);
    assertThat(fixture.model("second", 12)).isEqualTo(fixture.model("first", 12));
  }

  @Test
  void oneWorkerWithPlainAveragingIsPlainTraining() throws IOException {
    fixture.runLocally(
        fixture.describe(fixture.training(1, 4, 3, 12), TrainingFixture.PLAIN), "rounds", false);
    fixture.runLocally(
        fixture.describe(fixture.training(1, 4, 12, 12), TrainingFixture.PLAIN), "plain", false);
    assertThat(fixture.model("rounds", 12)).isEqualTo(fixture.model("plain", 12));
  }

  @Test
  void resumedRunEqualsUninterruptedRun() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 24), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "whole", false);
    fixture.runLocally(run, "broken", false);
    deleteAfter("broken", 12);
    TrainingFixture.Heard heard = fixture.runLocally(run, "broken", true);
    assertThat(heard.messages).containsExactly("going on from checkpoint step-000000012");
    assertThat(fixture.model("broken", 24)).isEqualTo(fixture.model("whole", 24));
    assertThat(metrics("broken")).hasSize(8).isEqualTo(metrics("whole"));
  }

  @Test
  void resumeSkipsADamagedCheckpoint() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 24), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "whole", false);
    fixture.runLocally(run, "damaged", false);
    deleteAfter("damaged", 18);
    Path state =
        directory.resolve("damaged/checkpoints/step-000000018/state-00000-of-00001.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);
    TrainingFixture.Heard heard = fixture.runLocally(run, "damaged", true);
    assertThat(heard.messages).containsExactly("going on from checkpoint step-000000012");
    assertThat(fixture.model("damaged", 24)).isEqualTo(fixture.model("whole", 24));
  }

  @Test
  void directoryWithoutManifestIsNoCheckpoint() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 12), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "half", false);
    Files.delete(directory.resolve("half/checkpoints/step-000000012/manifest.json"));
    assertThat(new CheckpointStore(fixture.storage(), fixture.run("half")).list())
        .extracting(found -> found.manifest().step())
        .containsExactly(6L);
  }

  @Test
  void refusesToStartARunTwice() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 3), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "twice", false);
    assertThatThrownBy(() -> fixture.runLocally(run, "twice", false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice: holds a run already; continue it with --resume");
  }

  @Test
  void refusesSomeoneElsesDirectory() throws IOException {
    Files.createDirectories(directory.resolve("theirs"));
    Files.writeString(directory.resolve("theirs/thesis.tex"), "chapter 1");
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 3), OuterSettings.DEFAULTS);
    assertThatThrownBy(() -> fixture.runLocally(run, "theirs", false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds files that Kindling did not write (first: thesis.tex)");
  }

  @Test
  void refusesFewerTokensThanOneStepTakes() {
    RunDescription run = fixture.describe(fixture.training(64, 64, 3, 3), OuterSettings.DEFAULTS);
    assertThatThrownBy(() -> fixture.runLocally(run, "hungry", false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("samples of 20 tokens, one step takes 4096");
  }

  @Test
  void averagingRefusesAMissingContribution() {
    StateSlice slice = new StateSlice(0, new float[2], new float[2], new float[2], List.of());
    assertThatThrownBy(
            () ->
                new Averaging(OuterSettings.DEFAULTS)
                    .average(slice, new float[2], new StateSlice[] {slice, null}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("slice 0: no contribution of worker 1 arrived");
  }

  /** Rounds and losses; times differ from run to run. */
  private List<String> metrics(String name) throws IOException {
    return Files.readAllLines(directory.resolve(name + "/metrics.jsonl")).stream()
        .map(line -> line.replaceAll("\"(seconds|averagingSeconds|tokensPerSecond)\":[^,}]*", ""))
        .toList();
  }

  private void deleteAfter(String name, long step) throws IOException {
    for (CheckpointStore.Found found :
        new CheckpointStore(fixture.storage(), fixture.run(name)).list()) {
      if (found.manifest().step() > step) {
        fixture.storage().delete(found.directory());
      }
    }
  }
}
