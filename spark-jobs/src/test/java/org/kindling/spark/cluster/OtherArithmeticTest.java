package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.LocalCluster;
import org.kindling.spark.averaging.SparkRounds;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingSettings;

/** Executors that compute otherwise than the run began. */
class OtherArithmeticTest {
  @TempDir Path directory;
  private TrainingFixture fixture;
  private RunDescription run;

  @BeforeEach
  void describe() throws IOException {
    fixture = new TrainingFixture(directory);
    TrainingSettings training = new TrainingSettings(1, 4, 1, 2, 4, 3, "fp32", "auto");
    run = fixture.describe(training, OuterSettings.DEFAULTS);
  }

  private static SparkConf local() {
    return new SparkConf()
        .setMaster("local[2]")
        .setAppName("arithmetic")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1");
  }

  @Test
  void checkpointsTellWhatTheExecutorsAgreedOn() throws IOException {
    try (JavaSparkContext spark = new JavaSparkContext(local())) {
      Arithmetic found = Executors.prepare(spark, KernelRequest.ofTraining(run));
      try (SparkRounds engine = new SparkRounds(spark, "run", run)) {
        fixture.train(engine, run, "run", false);
      }
      assertThat(manifest("run")).contains("\"" + found + "\"");
    }
    fixture.runLocally(run, "reference", false);
    assertThat(fixture.model("run", 4)).isEqualTo(fixture.model("reference", 4));
  }

  private String manifest(String name) throws IOException {
    return fixture
        .storage()
        .readText(
            new org.apache.hadoop.fs.Path(
                fixture.run(name), "checkpoints/step-000000004/manifest.json"));
  }

  /** What a run began with elsewhere, as it travels with each of its tasks. */
  @Test
  void taskIsRefusedBeforeItComputes() throws IOException {
    Arithmetic other = new Arithmetic("vector", "oneDNN", "fp32", "no_such_isa", 64, "CPU");
    try (JavaSparkContext spark = new JavaSparkContext(local());
        SparkRounds engine = new SparkRounds(spark, "run", run)) {
      engine.initialize(null);
      TaskArithmetic.expect(spark, other);
      assertThatThrownBy(engine::validationLoss)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "executor driver on 127.0.0.1: does not compute as the executors did when the job"
                  + " began (")
          .hasMessageContaining(", expected no_such_isa")
          .message()
          .doesNotContain("\n");
      TaskArithmetic.expect(spark, null);
      assertThat(engine.validationLoss()).isNotEmpty();
    }
  }

  /** Executors without the vector module fall back to nd4j; the driver has it. */
  @Test
  @Timeout(180)
  void executorThatFellBackIsRefusedWhereTheRunBeganWithVectors() throws IOException {
    SparkConf conf = LocalCluster.conf(1, 1).set("spark.executor.extraJavaOptions", "-Dnone=1");
    KernelRequest request = KernelRequest.ofTraining(run);
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        SparkRounds engine = new SparkRounds(spark, "run", run)) {
      assertThat(Executors.prepare(spark, request).kernels()).isEqualTo("nd4j");
      TaskArithmetic.expect(spark, request.arithmetic());
      assertThatThrownBy(() -> engine.initialize(null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("executor 0 on ")
          .hasMessageContaining("(kernels nd4j, expected vector); start all executors with")
          .message()
          .doesNotContain("\n");
      KernelRequest vector =
          new KernelRequest(new KernelsWanted("vector"), Precision.FP32, false, "--kernels ");
      assertThatThrownBy(() -> Executors.prepare(spark, vector))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("executor 0 on ")
          .hasMessageContaining("'vector' needs the module jdk.incubator.vector")
          .hasMessageEndingWith("; or use --kernels auto");
    }
  }
}
