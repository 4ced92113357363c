package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.FakeGpus;
import org.kindling.spark.LocalCluster;
import org.kindling.spark.averaging.SparkRounds;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingSettings;

/** A run on an executor of four cores and two GPUs, with no word on how many a task takes. */
class GpuStagesOfRunTest {
  private static final int CORES = 4;
  private static final int TASKS = 8;

  @TempDir Path directory;

  /** On what a task computed, and when, in milliseconds. */
  private record Place(int gpu, long began, long ended) implements Serializable {
    static Place of(int gpu) throws IOException {
      long began = System.currentTimeMillis();
      try {
        Thread.sleep(300);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return new Place(gpu, began, System.currentTimeMillis());
    }

    /** Those of the list that were there when this one began, itself among them. */
    List<Place> together(List<Place> all) {
      return all.stream().filter(p -> p.began() <= began && began < p.ended()).toList();
    }
  }

  /** Resource profiles of stages, by what their jobs do. */
  private static final class Profiles extends SparkListener {
    private final Map<String, Set<Integer>> byJob = new TreeMap<>();

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted stage) {
      String job = stage.properties().getProperty("spark.job.description");
      byJob
          .computeIfAbsent(kind(String.valueOf(job)), any -> new TreeSet<>())
          .add(stage.stageInfo().resourceProfileId());
    }

    private static String kind(String job) {
      return job.replaceFirst("^gpus, ", "")
          .replaceAll("\\d+", "N")
          .replaceFirst(": N local.*", "");
    }

    synchronized Map<String, Set<Integer>> byJob() {
      return new TreeMap<>(byJob);
    }
  }

  private JavaSparkContext open(Profiles profiles) throws IOException {
    SparkConf conf =
        FakeGpus.on(LocalCluster.conf(1, CORES), Files.createDirectory(directory.resolve("cards")))
            .set("spark.executor.cores", String.valueOf(CORES))
            .set("spark.executor.resource.gpu.amount", "2");
    GpuStages.complete(conf);
    JavaSparkContext spark = new JavaSparkContext(conf);
    spark.sc().addSparkListener(profiles);
    return spark;
  }

  @Test
  @Timeout(400)
  void onlyWhatComputesHoldsGpusAndEachTaskItsOwn() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    TrainingSettings training = new TrainingSettings(4, 4, 1, 3, 8, 3, "fp32", "auto");
    RunDescription run = fixture.describe(training, new OuterSettings(0.7, 0.9));
    fixture.runLocally(run, "reference", false);
    KernelRequest request = KernelRequest.ofTraining(run);
    Profiles profiles = new Profiles();
    try (JavaSparkContext spark = open(profiles)) {
      Executors.prepare(spark, request);
      try (SparkRounds engine = new SparkRounds(spark, "gpus", run)) {
        fixture.train(engine, run, "gpus", false);
      }
      requireStages(profiles.byJob());
      spark.sc().setJobDescription("probe");
      requireGpusOfTheirOwn(
          GpuStages.onGpus(numbers(spark), request)
              .map(i -> DeviceTask.run(request, Place::of))
              .collect());
      requireAllCores(numbers(spark).map(i -> DeviceTask.run(request, Place::of)).collect());
    }
    assertThat(fixture.model("gpus", 8)).isEqualTo(fixture.model("reference", 8));
  }

  private static JavaRDD<Integer> numbers(JavaSparkContext spark) {
    return spark.parallelize(IntStream.range(0, TASKS).boxed().toList(), TASKS);
  }

  /** Stages with another profile than Spark's default one share a single one, of all rounds. */
  private static void requireStages(Map<String, Set<Integer>> byJob) {
    Set<Integer> computing = byJob.get("a look at the executors");
    assertThat(computing).hasSize(1).doesNotContain(0);
    Set<Integer> both = new TreeSet<>(computing);
    both.add(0);
    assertThat(byJob)
        .containsEntry("initial parameters", computing)
        .containsEntry("round N", both)
        .containsEntry("validation loss", computing)
        .containsEntry("checkpoint: state", Set.of(0))
        .containsEntry("checkpoint: model", Set.of(0));
  }

  private static void requireGpusOfTheirOwn(List<Place> places) {
    assertThat(places).extracting(Place::gpu).contains(0, 1);
    for (Place place : places) {
      List<Integer> gpus = place.together(places).stream().map(Place::gpu).toList();
      assertThat(gpus).doesNotHaveDuplicates().isSubsetOf(0, 1);
    }
  }

  private static void requireAllCores(List<Place> places) {
    assertThat(places).extracting(Place::gpu).containsOnly(TaskDevice.CPU);
    Set<Integer> atOnce =
        places.stream().map(p -> p.together(places).size()).collect(Collectors.toSet());
    assertThat(atOnce).as("tasks that ran at the same time").contains(CORES);
  }
}
