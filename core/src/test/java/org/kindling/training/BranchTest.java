package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.storage.Storage;

/** Runs that leave the path of a longer one: 24 steps, decaying from 18, of the first of 40. */
class BranchTest {
  private static final int LOCAL_STEPS = 3;
  private static final int BRANCH = 18;

  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeData() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  private RunDescription describe(String schedule, long steps, double decayFraction, int batch) {
    RunDescription run =
        fixture.describe(fixture.training(2, batch, LOCAL_STEPS, steps), OuterSettings.DEFAULTS);
    return new RunDescription(
        run.data(),
        run.vocabulary(),
        run.model(),
        run.training(),
        new OptimizerSettings(3e-3, 0, schedule, 4, decayFraction, 0.9, 0.99, 1e-8, 0.1, 1.0),
        run.outer(),
        run.evaluation());
  }

  private RunDescription branch(String schedule) {
    return describe(schedule, 24, 0.25, 4);
  }

  private TrainingFixture.Recorder train(
      RunDescription run, String name, List<Long> atSteps, BranchPoint from, boolean resume)
      throws IOException {
    TrainingFixture.Recorder recorder = new TrainingFixture.Recorder();
    try (LocalRounds engine = new LocalRounds(run, fixture.storage())) {
      TrainingRun training =
          new TrainingRun(
                  run,
                  fixture.identity(name),
                  new CheckpointSettings(100, 1, 0, atSteps),
                  fixture.storage(),
                  engine,
                  recorder)
              .branchingFrom(from);
      if (resume) {
        training.resume();
      } else {
        training.start();
      }
    }
    return recorder;
  }

  private BranchPoint prefixRun(String schedule) throws IOException {
    train(describe(schedule, 40, 0.25, 4), "longest", List.of((long) BRANCH), null, false);
    return new BranchPoint(fixture.run("longest"), BRANCH);
  }

  private List<String> checkpoints(String run) throws IOException {
    try (Stream<Path> found = Files.list(directory.resolve(run + "/checkpoints"))) {
      return found.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private byte[] state(String run) throws IOException {
    String file = run + "/checkpoints/step-000000024/state-00000-of-00002.safetensors";
    return Files.readAllBytes(directory.resolve(file));
  }

  private void assertSame(String run, String expected) throws IOException {
    assertThat(fixture.model(run, 24)).isEqualTo(fixture.model(expected, 24));
    assertThat(state(run)).isEqualTo(state(expected));
  }

  private List<String> losses(String run) throws IOException {
    return Files.readAllLines(directory.resolve(run + "/metrics.jsonl")).stream()
        .map(line -> line.replaceAll("\"(seconds|averagingSeconds|tokensPerSecond)\":[^,]*", ""))
        .toList();
  }

  @Test
  void branchHasTheBitsOfARunThatTookAllStepsItself() throws IOException {
    for (String schedule : List.of("wsd", "wsd-sqrt")) {
      fixture = new TrainingFixture(Files.createDirectory(directory.resolve(schedule)));
      directory = directory.resolve(schedule);
      train(branch(schedule), "whole", List.of(), null, false);
      BranchPoint point = prefixRun(schedule);
      TrainingFixture.Recorder recorder =
          train(branch(schedule), "branch", List.of(), point, false);
      assertThat(recorder.messages).containsExactly("branching off longest at step 18");
      assertThat(recorder.rounds).as("decay only").hasSize((24 - BRANCH) / LOCAL_STEPS);
      assertSame("branch", "whole");
      assertThat(losses("branch")).hasSize(8).isEqualTo(losses("whole"));
      directory = directory.getParent();
    }
  }

  @Test
  void prefixRunKeepsTheCheckpointsThatBranchesStartFrom() throws IOException {
    prefixRun("wsd");
    assertThat(checkpoints("longest")).containsExactly("step-000000018", "step-000000040");
  }

  @Test
  void resumesABranchThatHasNoCheckpointYetFromItsSharedPrefix() throws IOException {
    train(branch("wsd"), "whole", List.of(), null, false);
    BranchPoint point = prefixRun("wsd");
    train(branch("wsd"), "branch", List.of(), point, false);
    fixture.storage().delete(new org.apache.hadoop.fs.Path(fixture.run("branch"), "checkpoints"));
    TrainingFixture.Recorder recorder = train(branch("wsd"), "branch", List.of(), point, true);
    assertThat(recorder.rounds).hasSize((24 - BRANCH) / LOCAL_STEPS);
    assertSame("branch", "whole");
  }

  @Test
  void takesAllStepsItselfIfTheSharedCheckpointIsDamaged() throws IOException {
    train(branch("wsd"), "whole", List.of(), null, false);
    BranchPoint point = prefixRun("wsd");
    Path shard =
        directory.resolve("longest/checkpoints/step-000000018/state-00001-of-00002.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 3] ^= 1;
    Files.write(shard, bytes);
    TrainingFixture.Recorder recorder = train(branch("wsd"), "branch", List.of(), point, false);
    assertThat(recorder.messages.get(0))
        .isEqualTo(
            "longest has no valid checkpoint of step 18, starting from step 0, with the same result");
    assertSame("branch", "whole");
  }

  @Test
  void prefixOfAnotherOuterOptimizerIsRefused() throws IOException {
    BranchPoint point = prefixRun("wsd");
    RunDescription other =
        fixture.describe(fixture.training(2, 4, LOCAL_STEPS, 24), TrainingFixture.PLAIN);
    assertThatThrownBy(() -> train(other, "branch", List.of(), point, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another model or another outer optimizer");
    assertThat(new Storage(new Configuration()).exists(fixture.run("branch"))).isFalse();
  }
}
