package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.LocalCluster;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunDescription;
import org.kindling.training.RunListener;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingRun;
import scala.Tuple2;

/** Executors as processes of their own, one of which is killed in the middle of a run. */
class ExecutorLossTest {
  @TempDir Path directory;

  @Test
  @Timeout(180)
  void killedExecutorsChangeNoBitOfTheResult() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    RunDescription run = fixture.describe(fixture.training(3, 4, 3, 24), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "reference", false);
    Killer killer;
    try (JavaSparkContext spark = new JavaSparkContext(LocalCluster.conf(2, 1))) {
      killer = new Killer(spark, 3);
      try (SparkRounds engine = new SparkRounds(spark, "killed", run)) {
        new TrainingRun(
                run,
                fixture.identity("killed"),
                TrainingFixture.CHECKPOINTS,
                fixture.storage(),
                engine,
                killer)
            .start();
      }
    }
    assertThat(killer.killed).isEqualTo(1);
    assertThat(killer.restored).as("Spark alone recovers, without going back to files").isZero();
    assertThat(fixture.model("killed", 24)).isEqualTo(fixture.model("reference", 24));
  }

  /** Kills the executor of the first task after some round, as the kernel would: SIGKILL. */
  private static final class Killer implements RunListener {
    private final JavaSparkContext spark;
    private final long afterRound;
    private int killed;
    private int restored;

    Killer(JavaSparkContext spark, long afterRound) {
      this.spark = spark;
      this.afterRound = afterRound;
    }

    @Override
    public void started(Progress from) {}

    @Override
    public void message(String text) {
      restored++;
    }

    @Override
    public void roundFinished(Progress progress, RoundMetrics metrics) {
      if (progress.round() != afterRound) {
        return;
      }
      List<Integer> tasks = IntStream.range(0, 8).boxed().toList();
      List<Tuple2<String, Long>> executors =
          spark
              .parallelize(tasks, tasks.size())
              .map(i -> new Tuple2<>(SparkEnv.get().executorId(), ProcessHandle.current().pid()))
              .collect();
      long pid = executors.get(0)._2();
      assertThat(pid).isNotEqualTo(ProcessHandle.current().pid());
      if (ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false)) {
        killed++;
      }
    }
  }
}
