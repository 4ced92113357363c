package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.cluster.Cluster;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingRun;

/** Memory after 500 rounds is what it was after 50: nothing is kept of a round but its result. */
class FlatMemoryTest {
  private static final long EARLY = 52;
  private static final long LATE = 500;

  @TempDir Path directory;

  /** What is held between two rounds. */
  private record Held(long heapBytes, long tensorBytes, long blockBytes, int keptRdds) {}

  @AfterEach
  void forget() {
    System.clearProperty("spark.master");
  }

  @Test
  @Timeout(600)
  void fiveHundredRoundsHoldWhatFiftyHeld() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    RunDescription small =
        fixture.describe(fixture.training(2, 1, 1, LATE), OuterSettings.DEFAULTS);
    RunDescription run =
        new RunDescription(
            small.data(),
            small.vocabulary(),
            new ModelSettings("transformer", 1, 1, 16, 8, true),
            small.training(),
            small.optimizer(),
            small.outer(),
            new EvaluationSettings(0, 1));
    Map<Long, Held> held = new HashMap<>();
    System.setProperty("spark.master", "local[2]");
    try (SparkSession session = Cluster.open("flat memory");
        SparkRounds engine =
            new SparkRounds(
                JavaSparkContext.fromSparkContext(session.sparkContext()), "flat", run)) {
      TrainingFixture.Recorder listener =
          new TrainingFixture.Recorder() {
            @Override
            public void roundFinished(Progress progress, RoundMetrics metrics) {
              if (progress.round() == EARLY || progress.round() == LATE) {
                held.put(progress.round(), measure(session.sparkContext()));
              }
            }
          };
      CheckpointSettings atTheEnd = new CheckpointSettings(100_000, 1, 0);
      new TrainingRun(run, fixture.identity("flat"), atTheEnd, fixture.storage(), engine, listener)
          .start();
    }
    Held early = held.get(EARLY);
    Held late = held.get(LATE);
    assertThat(late.tensorBytes()).isEqualTo(early.tensorBytes()).isPositive();
    assertThat(late.keptRdds()).isEqualTo(early.keptRdds());
    assertThat((double) late.blockBytes()).isLessThan(1.05 * early.blockBytes());
    assertThat((double) late.heapBytes()).isLessThan(1.05 * early.heapBytes());
  }

  private static Held measure(SparkContext spark) {
    var memory = ManagementFactory.getMemoryMXBean();
    // Spark frees broadcasts and shuffles after the collector has found them unreachable.
    for (int i = 0; i < 3; i++) {
      System.gc();
      pause();
    }
    var status = spark.getExecutorMemoryStatus().values().head();
    return new Held(
        memory.getHeapMemoryUsage().getUsed(),
        OffHeapMemory.heldBytes(),
        (Long) status._1() - (Long) status._2(),
        spark.getPersistentRDDs().size());
  }

  private static void pause() {
    try {
      Thread.sleep(300);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
