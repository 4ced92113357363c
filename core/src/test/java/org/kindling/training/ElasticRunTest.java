package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.optimizer.OuterSettings;

/** Runs whose number of workers changes, by a schedule, by hand, or when they go on. */
class ElasticRunTest {
  private static final long STEPS = 24;
  private static final List<Integer> TWO_THEN_THREE = List.of(2, 2, 2, 3, 3, 3, 3, 3);

  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeFixture() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  private RunDescription describe(int workers, WorkersAt... workersAt) {
    return fixture.describe(
        fixture.training(workers, 4, 3, STEPS).withWorkersAt(List.of(workersAt)),
        OuterSettings.DEFAULTS);
  }

  private TrainingFixture.Recorder scheduled(String name) throws IOException {
    return fixture.runLocally(describe(2, new WorkersAt(9, 3)), name, false);
  }

  /** Asks for workers when a round is over. */
  private final class Asking extends TrainingFixture.Recorder {
    private final String name;
    private final int round;
    private final int workers;

    Asking(String name, int round, int workers) {
      this.name = name;
      this.round = round;
      this.workers = workers;
    }

    @Override
    public void roundFinished(Progress progress, RoundMetrics metrics) {
      super.roundFinished(progress, metrics);
      if (progress.round() == round) {
        try {
          ScaleRequest.leave(fixture.storage(), fixture.run(name), workers);
          // The driver does not look after every round.
          Thread.sleep(1_050);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private Asking byHand(String name, int round, int workers) throws IOException {
    Asking asking = new Asking(name, round, workers);
    train(describe(2), name, asking, null);
    return asking;
  }

  private void train(
      RunDescription run, String name, TrainingFixture.Recorder recorder, String fixedBy)
      throws IOException {
    try (LocalRounds engine = new LocalRounds(run, fixture.storage())) {
      new TrainingRun(
              run,
              fixture.identity(name),
              TrainingFixture.CHECKPOINTS,
              fixture.storage(),
              engine,
              recorder)
          .withFixedWorkers(fixedBy)
          .start();
    }
  }

  private static List<Integer> workers(TrainingFixture.Recorder recorder) {
    return recorder.rounds.stream().map(RoundMetrics::workers).toList();
  }

  private List<String> lines(String name, String file) throws IOException {
    return Files.readAllLines(directory.resolve(name).resolve(file));
  }

  private void goBackTo(String name, long step) throws IOException {
    for (CheckpointStore.Found found :
        new CheckpointStore(fixture.storage(), fixture.run(name)).list()) {
      if (found.manifest().step() > step) {
        fixture.storage().delete(found.directory());
      }
    }
  }

  @Test
  void aScheduleChangesTheWorkersAtItsSteps() throws IOException {
    TrainingFixture.Recorder recorder = scheduled("run");
    assertThat(workers(recorder)).isEqualTo(TWO_THEN_THREE);
    assertThat(recorder.messages)
        .containsExactly("round 4: 3 workers from here on, 2 before (as the settings say)");
    RoundMetrics last = recorder.rounds.get(7);
    assertThat(last.samples()).isEqualTo(3 * 3 * 2 * 4 + 5 * 3 * 3 * 4);
    assertThat(last.tokens()).isEqualTo(last.samples() * 20);
    assertThat(lines("run", "metrics.jsonl").get(3)).contains("\"round\":4,\"workers\":3,");
    assertThat(lines("run", Decisions.FILE))
        .containsExactly(
            "{\"round\":1,\"workers\":2,\"settings\":\"2, from step 9 on 3\"}",
            "{\"round\":4,\"workers\":3,\"settings\":\"2, from step 9 on 3\"}");
  }

  @Test
  void theStateKeepsTheShardsThatItHad() throws IOException {
    scheduled("run");
    assertThat(new CheckpointStore(fixture.storage(), fixture.run("run")).manifests())
        .allMatch(manifest -> manifest.slices() == 2);
  }

  @Test
  void aRequestByHandGivesTheBitsOfASchedule() throws IOException {
    scheduled("scheduled");
    Asking recorder = byHand("asked", 3, 3);
    assertThat(workers(recorder)).isEqualTo(TWO_THEN_THREE);
    assertThat(recorder.messages)
        .containsExactly("round 4: 3 workers from here on, 2 before (as kindling scale asked)");
    assertThat(fixture.model("asked", STEPS)).isEqualTo(fixture.model("scheduled", STEPS));
    assertThat(directory.resolve("asked").resolve(ScaleRequest.FILE)).doesNotExist();
  }

  @Test
  void aRunThatGoesBackBeforeARequestDecidesAsItDid() throws IOException {
    byHand("run", 5, 3);
    byte[] model = fixture.model("run", STEPS);
    List<String> decisions = lines("run", Decisions.FILE);
    goBackTo("run", 6);
    TrainingFixture.Recorder resumed = fixture.runLocally(describe(2), "run", true);
    assertThat(resumed.rounds.get(0).round()).isEqualTo(3);
    assertThat(workers(resumed)).containsExactly(2, 2, 2, 3, 3, 3);
    assertThat(fixture.model("run", STEPS)).isEqualTo(model);
    assertThat(lines("run", Decisions.FILE)).isEqualTo(decisions);
  }

  /** The driver failed between its decision and the removal of the request. */
  @Test
  void aRequestIsGrantedOnce() throws IOException {
    byHand("run", 5, 3);
    byte[] model = fixture.model("run", STEPS);
    String id = lines("run", Decisions.FILE).get(1).replaceAll(".*\"request\":\"(.*)\".*", "$1");
    Files.writeString(
        directory.resolve("run").resolve(ScaleRequest.FILE),
        "{\"id\":\"" + id + "\",\"workers\":3}");
    goBackTo("run", 6);
    fixture.runLocally(describe(2), "run", true);
    assertThat(fixture.model("run", STEPS)).isEqualTo(model);
    assertThat(directory.resolve("run").resolve(ScaleRequest.FILE)).doesNotExist();
  }

  @Test
  void aScheduleGoesOnAfterARequest() throws IOException {
    Asking asking = new Asking("run", 1, 1);
    train(describe(2, new WorkersAt(12, 3)), "run", asking, null);
    assertThat(workers(asking)).containsExactly(2, 1, 1, 1, 3, 3, 3, 3);
  }

  @Test
  void otherSettingsOfARunThatGoesOnAreADecision() throws IOException {
    scheduled("run");
    goBackTo("run", 12);
    TrainingFixture.Recorder resumed =
        fixture.runLocally(describe(1, new WorkersAt(18, 4)), "run", true);
    assertThat(workers(resumed)).containsExactly(1, 1, 4, 4);
    assertThat(resumed.messages)
        .contains("round 5: 1 workers from here on, 3 before (as the settings say)");
    byte[] model = fixture.model("run", STEPS);
    // Back before all of it: each round has the workers that it had last.
    goBackTo("run", 6);
    resumed = fixture.runLocally(describe(1, new WorkersAt(18, 4)), "run", true);
    assertThat(workers(resumed)).containsExactly(2, 3, 1, 1, 4, 4);
    assertThat(fixture.model("run", STEPS)).isEqualTo(model);
  }

  /** Other settings than the run had last, also where they say what was said before. */
  @Test
  void otherSettingsHoldFromTheNextRoundAlsoIfTheRunGoesBack() throws IOException {
    scheduled("run");
    goBackTo("run", 6);
    TrainingFixture.Recorder resumed =
        fixture.runLocally(describe(1, new WorkersAt(9, 3)), "run", true);
    assertThat(workers(resumed)).containsExactly(1, 3, 3, 3, 3, 3);
  }

  /** Of a version that decided nothing. */
  @Test
  void aRunWithoutDecisionsGoesOn() throws IOException {
    RunDescription run = describe(2);
    fixture.runLocally(run, "run", false);
    byte[] model = fixture.model("run", STEPS);
    Files.delete(directory.resolve("run").resolve(Decisions.FILE));
    goBackTo("run", 12);
    fixture.runLocally(run, "run", true);
    assertThat(fixture.model("run", STEPS)).isEqualTo(model);
    assertThat(lines("run", Decisions.FILE))
        .containsExactly("{\"round\":5,\"workers\":2,\"settings\":\"2\"}");
    goBackTo("run", 6);
    fixture.runLocally(run, "run", true);
    assertThat(fixture.model("run", STEPS)).isEqualTo(model);
  }

  @Test
  void aRequestThatCannotBeGrantedIsRefusedInALine() throws IOException {
    Asking tooMany = byHand("many", 2, 4096);
    assertThat(workers(tooMany)).containsOnly(2);
    assertThat(tooMany.messages).hasSize(1);
    assertThat(tooMany.messages.get(0))
        .startsWith("request for another number of workers refused: data: the train split has ")
        .contains(" samples of 20 tokens, one step takes 16384 with 4096 workers; use ");
    Asking late = byHand("late", 8, 3);
    assertThat(late.messages)
        .containsExactly("request for another number of workers refused: the run has ended");
    Asking fixed = new Asking("fixed", 2, 3);
    train(describe(2), "fixed", fixed, "averaging is dl4j");
    assertThat(fixed.messages)
        .containsExactly("request for another number of workers refused: averaging is dl4j");
    for (String name : List.of("many", "late", "fixed")) {
      assertThat(directory.resolve(name).resolve(ScaleRequest.FILE)).doesNotExist();
    }
  }

  @Test
  void aFileThatIsNoRequestDoesNotEndTheRun() throws IOException {
    scheduled("run");
    goBackTo("run", 12);
    Path file = directory.resolve("run").resolve(ScaleRequest.FILE);
    Files.writeString(file, "{\"id\":\"a\",\"workers\":0}");
    TrainingFixture.Recorder resumed =
        fixture.runLocally(describe(2, new WorkersAt(9, 3)), "run", true);
    assertThat(resumed.messages.get(1))
        .startsWith("request for another number of workers refused: ")
        .contains("scale.json, byte 0: is no request (")
        .endsWith("; write it with kindling scale");
    assertThat(file).doesNotExist();
    assertThat(IntStream.range(0, 4).map(i -> resumed.rounds.get(i).workers())).containsOnly(3);
  }
}
