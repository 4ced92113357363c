package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.KernelsWanted;
import org.kindling.model.Family;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.LocalCluster;
import org.kindling.spark.cluster.DeviceTask;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunDescription;
import org.kindling.training.RunListener;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingRun;

/** Tasks that fail as on a card between the rounds of a run, on executors that are processes. */
class FailedCardTest {
  private static final KernelRequest REQUEST =
      KernelRequest.ofScoring(new KernelsWanted("auto"), Family.TRANSFORMER);

  @TempDir Path directory;

  @Test
  @Timeout(300)
  void executorOfALostCardIsReplacedAndNoBitChanges() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    RunDescription run = fixture.describe(fixture.training(3, 4, 3, 24), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = new JavaSparkContext(LocalCluster.conf(2, 1));
        SparkRounds engine = new SparkRounds(spark, "failed", run)) {
      Removed removed = new Removed();
      spark.sc().addSparkListener(removed);
      Failing failing = new Failing(spark, directory);
      new TrainingRun(
              run,
              fixture.identity("failed"),
              TrainingFixture.CHECKPOINTS,
              fixture.storage(),
              engine,
              failing)
          .start();
      assertThat(failing.messages).as("Spark alone recovers").isZero();
      assertThat(failing.failures).isEqualTo(2);
      assertThat(removed.reasons.values())
          .singleElement()
          .asString()
          .startsWith("GPU 0 of host ")
          .contains(": CUDA error: an illegal memory access was encountered; look for Xid");
    }
    assertThat(fixture.model("failed", 24)).isEqualTo(fixture.model("reference", 24));
  }

  /** Why executors went; Spark tells so again of those that it has forgotten. */
  private static final class Removed extends SparkListener {
    private final Map<String, String> reasons = new ConcurrentHashMap<>();

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
      reasons.putIfAbsent(executor.executorId(), executor.reason());
    }
  }

  /** After one round a task has no memory, after another one its card is lost. */
  private static final class Failing implements RunListener {
    private final JavaSparkContext spark;
    private final Path directory;
    private int failures;
    private int messages;

    Failing(JavaSparkContext spark, Path directory) {
      this.spark = spark;
      this.directory = directory;
    }

    @Override
    public void started(Progress from) {}

    @Override
    public void message(String text) {
      messages++;
    }

    @Override
    public void roundFinished(Progress progress, RoundMetrics metrics) {
      try {
        if (progress.round() == 2) {
          fail("CUDA out of memory. Tried to allocate 2.00 GiB");
        } else if (progress.round() == 3) {
          awaitEnd(fail("CUDA error: an illegal memory access was encountered"));
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /** Fails a task the first time it runs; gives the process where it did. */
    private long fail(String message) throws IOException {
      String file = directory.resolve("failed-" + message.length()).toString();
      List<Long> tried =
          spark
              .parallelize(List.of(1), 1)
              .map(i -> DeviceTask.run(REQUEST, device -> failOnce(Path.of(file), message)))
              .collect();
      long failed = Long.parseLong(Files.readString(Path.of(file)));
      if (message.contains("illegal")) {
        assertThat(tried).doesNotContain(failed);
      }
      failures++;
      return failed;
    }

    private static long failOnce(Path file, String message) throws IOException {
      long pid = ProcessHandle.current().pid();
      if (Files.notExists(file)) {
        Files.writeString(file, String.valueOf(pid));
        throw new IllegalStateException(message + "\nat 0x7f");
      }
      return pid;
    }

    private static void awaitEnd(long pid) {
      ProcessHandle.of(pid).ifPresent(process -> await(process));
    }

    private static void await(ProcessHandle process) {
      try {
        process.onExit().get(60, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new AssertionError("the executor " + process.pid() + " has not ended", e);
      }
    }
  }
}
