package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.exchange.Coded;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import org.kindling.optimizer.OuterSettings;
import org.kindling.storage.Lease;
import org.kindling.storage.LeaseHeldException;
import org.kindling.storage.LeaseLostException;

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
    assertThat(rounds.get(7).validationLoss()).isLessThan(2);
  }

  @Test
  void bf16LearnsAsFp32Does() throws IOException {
    TrainingSettings fp32 = fixture.training(1, 8, 20, 160);
    TrainingSettings bf16 = inBf16(fp32);
    RoundMetrics expected = lastOf(fixture.describe(fp32, OuterSettings.DEFAULTS), "fp32");
    RoundMetrics found = lastOf(fixture.describe(bf16, OuterSettings.DEFAULTS), "bf16");
    assertThat(found.loss()).isCloseTo(expected.loss(), within(0.02));
    assertThat(found.validationLoss()).isCloseTo(expected.validationLoss(), within(0.02));
    assertThat(Arrays.equals(fixture.model("bf16", 160), fixture.model("fp32", 160)))
        .isEqualTo(precision() == Precision.FP32);
  }

  @Test
  void sameSeedGivesTheSameBytesInBf16() throws IOException {
    RunDescription run =
        fixture.describe(inBf16(fixture.training(2, 4, 3, 12)), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "first", false);
    fixture.runLocally(run, "second", false);
    assertThat(fixture.model("second", 12)).isEqualTo(fixture.model("first", 12));
    deleteAfter("second", 6);
    fixture.runLocally(run, "second", true);
    assertThat(fixture.model("second", 12)).isEqualTo(fixture.model("first", 12));
  }

  private static TrainingSettings inBf16(TrainingSettings t) {
    return new TrainingSettings(
        t.workers(),
        t.microBatch(),
        t.gradientAccumulation(),
        t.localSteps(),
        t.steps(),
        t.seed(),
        "bf16",
        t.kernels());
  }

  private RoundMetrics lastOf(RunDescription run, String name) throws IOException {
    List<RoundMetrics> rounds = fixture.runLocally(run, name, false).rounds;
    return rounds.get(rounds.size() - 1);
  }

  /** Of this processor when bf16 is asked for. */
  private static Precision precision() {
    try (Kernels kernels = Kernels.named("vector", Precision.BF16)) {
      return kernels.precision();
    }
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
    TrainingFixture.Recorder recorder = fixture.runLocally(run, "broken", true);
    assertThat(recorder.messages).containsExactly("going on from checkpoint step-000000012");
    assertThat(fixture.model("broken", 24)).isEqualTo(fixture.model("whole", 24));
    assertThat(metrics("broken")).hasSize(8).isEqualTo(metrics("whole"));
  }

  @Test
  void resumedRunOfMuonEqualsUninterruptedRun() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 24), OuterSettings.DEFAULTS);
    RunDescription muon =
        new RunDescription(
            run.data(),
            run.vocabulary(),
            run.model(),
            run.training(),
            run.optimizer().withKind("muon"),
            run.outer(),
            run.evaluation());
    fixture.runLocally(run, "adamw", false);
    TrainingFixture.Recorder whole = fixture.runLocally(muon, "whole", false);
    assertThat(whole.rounds.get(7).loss()).isLessThan(whole.rounds.get(0).loss() - 0.2);
    assertThat(fixture.model("whole", 24)).isNotEqualTo(fixture.model("adamw", 24));
    fixture.runLocally(muon, "broken", false);
    deleteAfter("broken", 12);
    fixture.runLocally(muon, "broken", true);
    assertThat(fixture.model("broken", 24)).isEqualTo(fixture.model("whole", 24));
  }

  @Test
  void resumedMixtureEqualsUninterruptedOne() throws IOException {
    RunDescription run =
        fixture.mixed(fixture.describe(fixture.training(2, 4, 3, 24), OuterSettings.DEFAULTS));
    fixture.runLocally(run, "whole", false);
    fixture.runLocally(run, "broken", false);
    deleteAfter("broken", 12);
    fixture.runLocally(run, "broken", true);
    assertThat(fixture.model("broken", 24)).isEqualTo(fixture.model("whole", 24));
    assertThat(metrics("broken")).hasSize(8).isEqualTo(metrics("whole"));
  }

  /** An order that depends on samples consumed alone: as many workers, as many samples. */
  @Test
  void mixtureIsTheSameWhateverTheWorkers() throws IOException {
    RunDescription one =
        fixture.mixed(fixture.describe(fixture.training(1, 8, 3, 6), OuterSettings.DEFAULTS));
    RunDescription two =
        fixture.mixed(fixture.describe(fixture.training(2, 4, 3, 6), OuterSettings.DEFAULTS));
    assertThat(lastOf(one, "one").sources())
        .extracting(SourceMetrics::samples)
        .isEqualTo(lastOf(two, "two").sources().stream().map(SourceMetrics::samples).toList())
        .containsExactly(36L, 12L);
  }

  @Test
  void mixtureReportsEachDatasetAndTheirMean() throws IOException {
    RunDescription run =
        fixture.mixed(fixture.describe(fixture.training(1, 8, 20, 160), OuterSettings.DEFAULTS));
    RoundMetrics last = lastOf(run, "mixed");
    SourceMetrics words = last.sources().get(0);
    SourceMetrics numbers = last.sources().get(1);
    assertThat(words.name()).isEqualTo("data");
    assertThat(numbers.name()).isEqualTo("numbers");
    assertThat(words.samples()).isEqualTo(960);
    assertThat(numbers.samples()).isEqualTo(320);
    // 3000 characters, nine tenths for training, in samples of 20 predictions.
    assertThat(numbers.epochs()).isEqualTo(320.0 / 134);
    assertThat(List.of(words.validationLoss(), numbers.validationLoss()))
        .allSatisfy(loss -> assertThat(loss).isBetween(0.1, 2.5))
        .doesNotHaveDuplicates();
    assertThat(last.validationLoss())
        .isCloseTo(0.75 * words.validationLoss() + 0.25 * numbers.validationLoss(), within(1e-12));
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
    TrainingFixture.Recorder recorder = fixture.runLocally(run, "damaged", true);
    assertThat(recorder.messages).hasSize(2);
    assertThat(recorder.messages.get(0))
        .startsWith("skipping checkpoint step-000000018: ")
        .contains("state-00000-of-00001.safetensors, byte 0: expected CRC-32C ");
    assertThat(recorder.messages.get(1)).isEqualTo("going on from checkpoint step-000000012");
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
  void secondDriverOfARunIsRefusedAndChangesNothing() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 12), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "shared", false);
    deleteAfter("shared", 6);
    byte[] metrics = Files.readAllBytes(directory.resolve("shared/metrics.jsonl"));
    try (Lease other = Lease.take(fixture.storage(), fixture.run("shared"), Lease.TERM)) {
      assertThatThrownBy(() -> fixture.runLocally(run, "shared", true))
          .isInstanceOf(LeaseHeldException.class)
          .hasMessageContaining("shared: is in use by another driver");
      other.requireHeld();
    }
    assertThat(directory.resolve("shared/metrics.jsonl")).hasBinaryContent(metrics);
    assertThat(directory.resolve("shared/checkpoints/step-000000012")).doesNotExist();
  }

  /** The driver falls silent in round 3; another one takes the run over and finishes it. */
  @Test
  void driverThatWasReplacedStopsBeforeItWritesACheckpoint() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 24), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "whole", false);
    List<String> atTheEnd = new ArrayList<>();
    TrainingFixture.Recorder replaced =
        new TrainingFixture.Recorder() {
          @Override
          public void roundFinished(Progress progress, RoundMetrics metrics) {
            super.roundFinished(progress, metrics);
            if (progress.round() == 3) {
              silence("replaced");
              finish(run, "replaced");
              atTheEnd.addAll(files("replaced"));
            }
          }
        };
    try (LocalRounds engine = new LocalRounds(run, fixture.storage())) {
      TrainingRun driver =
          new TrainingRun(
              run,
              fixture.identity("replaced"),
              TrainingFixture.CHECKPOINTS,
              fixture.storage(),
              engine,
              replaced);
      assertThatThrownBy(driver::start)
          .isInstanceOf(LeaseLostException.class)
          .hasMessageContaining("replaced: another driver has taken over");
    }
    assertThat(replaced.rounds).hasSize(4);
    assertThat(files("replaced")).isEqualTo(atTheEnd);
    assertThat(fixture.model("replaced", 24)).isEqualTo(fixture.model("whole", 24));
    assertThat(metrics("replaced")).isEqualTo(metrics("whole"));
  }

  private void silence(String name) {
    try (Stream<Path> lease = Files.list(directory.resolve(name + "/.lease"))) {
      for (Path file : lease.toList()) {
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void finish(RunDescription run, String name) {
    try {
      fixture.runLocally(run, name, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names, sizes and times of all files but the lease's. */
  private List<String> files(String name) {
    try (Stream<Path> all = Files.walk(directory.resolve(name))) {
      List<String> found = new ArrayList<>();
      for (Path file : all.filter(f -> !f.toString().contains(".lease")).sorted().toList()) {
        found.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is left of a checkpoint whose driver was killed. */
  @Test
  void unfinishedCheckpointIsInvisibleAndSweptAwayOnResume() throws IOException {
    RunDescription run = fixture.describe(fixture.training(1, 4, 3, 12), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "left", false);
    deleteAfter("left", 6);
    Path unfinished = directory.resolve("left/checkpoints/.step-000000012.x.tmp");
    Files.createDirectories(unfinished);
    Files.writeString(unfinished.resolve("model.safetensors"), "half of it");
    TrainingFixture.Recorder recorder = fixture.runLocally(run, "left", true);
    assertThat(recorder.messages).containsExactly("going on from checkpoint step-000000006");
    assertThat(unfinished).doesNotExist();
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
  void averagingRefusesAMissingUpdate() {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 3), OuterSettings.DEFAULTS);
    Coded none = Coded.of(new float[2]);
    ShardUpdate update = new ShardUpdate(0, none, List.of(none, none), List.of());
    assertThatThrownBy(() -> new Averaging(run).mean(7, Arrays.asList(update, null)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("round 7: no update of worker 1 arrived");
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
