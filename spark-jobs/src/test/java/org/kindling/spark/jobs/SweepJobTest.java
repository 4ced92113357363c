package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.spark.Kindling;
import org.kindling.storage.Storage;
import org.kindling.training.TrainingFixture;

/** A sweep of one shared prefix with two branches and a run of another size. */
class SweepJobTest {
  private static final int RUNS = 4;

  @TempDir static Path directory;

  @BeforeAll
  static void writeSettings() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    Files.writeString(
        directory.resolve("sweep.yaml"),
        """
        runs: %s
        data: [{path: %s}]
        list:
          - {layers: 1, heads: 1, width: 16, tokens: [8000, 16000, 32000]}
          - {layers: 1, heads: 2, width: 24, tokens: 24000}
        model: {context: 20}
        training: {microBatch: 4, localSteps: 10, kernels: vector}
        optimizer: {learningRate: 5.0e-3, minimumLearningRate: 0, schedule: wsd}
        checkpointsPerRun: 8
        parallel: 2
        evaluation: {everyRounds: 0}
        """
            .formatted(in("whole"), fixture.dataset().directory()));
    CommandRun whole = sweep("whole");
    assertThat(whole.status()).as(whole.err()).isZero();
    assertThat(whole.out()).contains("4 of 4 runs done").contains("branching off n");
  }

  private static String in(String name) {
    return directory.resolve(name).toString();
  }

  private static List<String> arguments(String runs, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("sweep", "--config", in("sweep.yaml"), "--set", "runs=" + in(runs)));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private static CommandRun sweep(String runs, String... more) {
    return CommandRun.of(arguments(runs, more).toArray(String[]::new));
  }

  private static List<Path> runs(String name) throws IOException {
    if (!Files.isDirectory(directory.resolve(name))) {
      return List.of();
    }
    try (Stream<Path> runs = Files.list(directory.resolve(name))) {
      return runs.sorted().toList();
    }
  }

  private static List<CheckpointManifest> checkpoints(Path run) throws IOException {
    return new CheckpointStore(Storage.standard(), new org.apache.hadoop.fs.Path(run.toUri()))
        .manifests();
  }

  private static boolean isFinished(Path run) throws IOException {
    return checkpoints(run).stream().anyMatch(CheckpointManifest::isFinal);
  }

  /** The last model of every run, by run. */
  private static Map<String, byte[]> models(String name) throws IOException {
    Map<String, byte[]> models = new TreeMap<>();
    for (Path run : runs(name)) {
      long step = checkpoints(run).stream().mapToLong(CheckpointManifest::step).max().orElseThrow();
      String file = String.format("checkpoints/step-%09d/model.safetensors", step);
      models.put(run.getFileName().toString(), Files.readAllBytes(run.resolve(file)));
    }
    return models;
  }

  private static void assertSameModels(String name, String expected) throws IOException {
    Map<String, byte[]> found = models(name);
    Map<String, byte[]> wanted = models(expected);
    assertThat(found.keySet()).hasSize(RUNS).isEqualTo(wanted.keySet());
    wanted.forEach((run, bytes) -> assertThat(found.get(run)).as(run).isEqualTo(bytes));
  }

  private static Process start(String runs) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("--add-")) {
        command.add(flag);
      }
    }
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Kindling.class.getName());
    command.addAll(arguments(runs));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve(runs + ".log").toFile())
        .start();
  }

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void aKilledSweepGoesOnToTheSameModelsAndRepeatsNothing() throws Exception {
    Process process = start("killed");
    List<Path> finished = List.of();
    boolean inTheMiddle = false;
    while (process.isAlive() && !inTheMiddle) {
      Thread.sleep(20);
      finished = new ArrayList<>();
      boolean begun = false;
      for (Path run : runs("killed")) {
        if (isFinished(run)) {
          finished.add(run);
        } else {
          begun |= !checkpoints(run).isEmpty();
        }
      }
      inTheMiddle = begun && !finished.isEmpty();
    }
    process.destroyForcibly().waitFor();
    assertThat(inTheMiddle).as(Files.readString(directory.resolve("killed.log"))).isTrue();
    Map<Path, FileTime> before = new TreeMap<>();
    for (Path run : finished) {
      before.put(run, Files.getLastModifiedTime(run.resolve("metrics.jsonl")));
    }
    CommandRun resumed = sweep("killed");
    assertThat(resumed.status()).as(resumed.err()).isZero();
    assertThat(resumed.out().lines().filter(line -> line.contains("finished before")))
        .hasSizeGreaterThanOrEqualTo(finished.size());
    assertThat(resumed.out()).contains("going on from checkpoint step-");
    for (Path run : finished) {
      assertThat(Files.getLastModifiedTime(run.resolve("metrics.jsonl")))
          .isEqualTo(before.get(run));
    }
    assertSameModels("killed", "whole");
  }

  @Test
  void aRunThatWasKilledBeforeItsFirstFileWasWholeIsBegunAgain() throws IOException {
    String tokens = "list=[{layers: 1, heads: 1, width: 16, tokens: 8000}]";
    assertThat(sweep("begun", "--set", tokens).status()).isZero();
    Path run = runs("begun").get(0);
    byte[] model = models("begun").get(run.getFileName().toString());
    FileUtils.cleanDirectory(run.toFile());
    Files.createFile(run.resolve(".settings.yaml.0.tmp"));
    CommandRun again = sweep("begun", "--set", tokens);
    assertThat(again.status()).as(again.err()).isZero();
    assertThat(models("begun").get(run.getFileName().toString())).isEqualTo(model);
    Files.createFile(Files.createDirectory(directory.resolve("begun/notes")).resolve("ideas.txt"));
    CommandRun refused = sweep("begun", "--set", tokens);
    assertThat(refused.err())
        .contains("begun: holds files that Kindling did not write (first: notes)");
  }

  /** The same runs, each trained from its own start. */
  @Test
  void branchesAreWhatTheRunsWouldHaveBeenAlone() throws IOException {
    for (String tokens : List.of("8000", "16000")) {
      CommandRun alone =
          sweep(
              "alone",
              "--set",
              "list=[{layers: 1, heads: 1, width: 16, tokens: " + tokens + "}]",
              "--set",
              // The warm-up of the shortest run: 5 of its 100 steps.
              "warmupFraction=" + 5 / (Double.parseDouble(tokens) / 80));
      assertThat(alone.status()).as(alone.err()).isZero();
      assertThat(alone.out()).doesNotContain("branching off");
    }
    Map<String, byte[]> branches = models("whole");
    models("alone").forEach((run, model) -> assertThat(branches.get(run)).as(run).isEqualTo(model));
    assertThat(models("alone")).hasSize(2);
  }

  @Test
  void aRunThatFailsTakesOnlyItsBranchesWithIt() throws IOException {
    CommandRun result =
        sweep(
            "failing",
            "--set",
            "list=[{layers: 1, heads: 1, width: 16, tokens: [8000, 16000], name: wild,"
                + " set: {optimizer.learningRate: 1e30, optimizer.clipNorm: 0}},"
                + " {layers: 1, heads: 1, width: 16, tokens: 4000}]");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("kindling: wild-d1.6e4 failed: round 1, step 2, worker 0: the loss is NaN")
        .contains("; lower optimizer.learningRate")
        .contains(
            "kindling: wild-d8e3 failed: wild-d1.6e4, whose first steps it shares, failed before step 80")
        .contains("kindling: 2 of 3 runs failed");
    assertThat(result.out()).contains("1 of 3 runs done, 2 failed");
    assertThat(runs("failing").stream().filter(run -> run.toString().contains("d4e3")))
        .hasSize(1)
        .allMatch(
            run -> {
              try {
                return isFinished(run);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
  }

  @Test
  void dryRunSaysWhatItCostsAndWhatIsSaved() {
    CommandRun plan = sweep("none", "--dry-run", "--flops-per-second", "1e9");
    assertThat(plan.status()).as(plan.err()).isZero();
    assertThat(plan.out())
        .containsPattern("n\\d+-d8e3 .* at step 80 of n\\d+-d3.2e4\n")
        .containsPattern("4 runs: [\\d.e+]+ FLOPs by 6ND, [\\d.e+]+ with attention")
        .containsPattern("shared prefixes save [\\d.e+]+ \\(\\d+%\\)")
        .containsPattern("estimated: 0.00 hours \\(\\d+s\\) with 2 runs at once; at 1.00e\\+09");
    assertThat(directory.resolve("none")).doesNotExist();
    CommandRun measured = sweep("none", "--dry-run");
    assertThat(measured.out()).containsPattern("measured: [\\d.]+ to [\\d.]+ GFLOP/s a worker");
    assertThat(sweep("none", "--dry-run", "--flops-per-second", "-1").status()).isEqualTo(2);
  }

  @Test
  void continuingWithOtherSettingsIsRefusedBeforeAnythingTrains() throws IOException {
    CommandRun result = sweep("whole", "--set", "optimizer.beta2=0.9");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("cannot be continued with other settings: optimizer.beta2");
  }
}
