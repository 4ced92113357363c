package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.AssignedGpu;
import org.kindling.kernels.Gpus;
import org.kindling.kernels.KernelsWanted;
import org.kindling.model.Family;
import org.kindling.spark.FakeGpus;
import org.kindling.spark.LocalCluster;

/**
 * Spark's standalone Master, a Worker that discovers two GPUs which do not exist, and executors as
 * processes: which GPU a task computes on.
 */
class GpuAssignmentTest {
  private static final int TASKS = 12;
  private static final KernelRequest REQUEST =
      KernelRequest.ofScoring(new KernelsWanted("auto"), Family.TRANSFORMER);

  @TempDir Path directory;

  /** Where a task ran, on which GPU, and when, in milliseconds. */
  private record Place(String executor, int gpu, long began, long ended) implements Serializable {}

  private SparkConf gpus(int coresOfAnExecutor, int ofAnExecutor, String ofATask)
      throws IOException {
    return FakeGpus.on(LocalCluster.conf(1, 2), directory)
        .set("spark.executor.cores", String.valueOf(coresOfAnExecutor))
        .set("spark.executor.resource.gpu.amount", String.valueOf(ofAnExecutor))
        .set("spark.task.resource.gpu.amount", ofATask);
  }

  private static List<Place> run(SparkConf conf) throws IOException {
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      Executors.prepare(spark, REQUEST);
      awaitCores(spark, 2);
      List<Integer> tasks = IntStream.range(0, TASKS).boxed().toList();
      return spark.parallelize(tasks, TASKS).map(i -> place()).collect();
    }
  }

  private static void awaitCores(JavaSparkContext spark, int cores) {
    int perExecutor = spark.getConf().getInt("spark.executor.cores", 1);
    // The driver is one of them.
    while ((spark.sc().statusTracker().getExecutorInfos().length - 1) * perExecutor < cores) {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  private static Place place() throws InterruptedException {
    long began = System.currentTimeMillis();
    int[] bound = {-7};
    int gpu =
        TaskDevice.pin(
            TaskContext.get(),
            address -> {
              bound[0] = address;
              return new Gpus.Gpu(address, "Tesla T4", "7.5", "470.82.01");
            });
    assertThat(gpu).isEqualTo(bound[0]);
    Thread.sleep(200);
    return new Place(SparkEnv.get().executorId(), gpu, began, System.currentTimeMillis());
  }

  private static Map<String, Set<Integer>> gpusOfExecutors(List<Place> places) {
    Map<String, Set<Integer>> gpus = new TreeMap<>();
    places.forEach(p -> gpus.computeIfAbsent(p.executor(), e -> new TreeSet<>()).add(p.gpu()));
    return gpus;
  }

  @Test
  @Timeout(400)
  void executorsOfOneGpuEachHaveDifferentOnes() throws IOException {
    Map<String, Set<Integer>> gpus = gpusOfExecutors(run(gpus(1, 1, "1")));
    assertThat(gpus.values()).containsExactlyInAnyOrder(Set.of(0), Set.of(1));
  }

  @Test
  @Timeout(400)
  void tasksOfAnExecutorWithTwoGpusNeverShareOne() throws IOException {
    List<Place> places = run(gpus(2, 2, "1"));
    assertThat(gpusOfExecutors(places)).hasSize(1).containsValue(Set.of(0, 1));
    int together = 0;
    for (Place a : places) {
      for (Place b : places) {
        if (a != b && a.began() < b.ended() && b.began() < a.ended()) {
          assertThat(a.gpu()).isNotEqualTo(b.gpu());
          together++;
        }
      }
    }
    assertThat(together).as("tasks ran at the same time").isPositive();
  }

  @Test
  @Timeout(400)
  void twoTasksMayShareAGpu() throws IOException {
    List<Place> places = run(gpus(2, 1, "0.5"));
    assertThat(places).extracting(Place::gpu).containsOnly(places.get(0).gpu());
    assertThat(places)
        .anyMatch(
            a ->
                places.stream()
                    .anyMatch(b -> a != b && a.began() < b.ended() && b.began() < a.ended()));
  }

  @Test
  @Timeout(400)
  void moreGpusThanAMachineHasAreNamedInOneLine() throws IOException {
    try (JavaSparkContext spark = new JavaSparkContext(gpus(2, 3, "1").set(Executors.WAIT, "3s"))) {
      assertThatThrownBy(() -> Executors.prepare(spark, REQUEST))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "local-cluster[1,2,1024]: no executor came within 3 s; asked for 2 cores, 512m of heap"
                  + " and 3 GPUs on one machine; ask for less")
          .message()
          .doesNotContain("\n");
    }
  }

  /** How scoring and training run, and a card that fails under them. */
  private static int computed() throws IOException {
    return DeviceTask.run(
        REQUEST,
        device -> {
          if (device != AssignedGpu.ofThisThread().orElse(-7)) {
            throw new IOException("GPU " + device + " was not told to the kernels");
          }
          return device;
        });
  }

  private static int lost() throws IOException {
    return DeviceTask.run(
        REQUEST,
        device -> {
          throw new IllegalStateException("CUDA error: unspecified launch failure\nat 0x7f");
        });
  }

  @Test
  @Timeout(400)
  void kernelsOfATaskAreToldItsGpuAndALostOneIsNamed() throws IOException {
    try (JavaSparkContext spark = new JavaSparkContext(gpus(1, 1, "1"))) {
      awaitCores(spark, 2);
      List<Integer> tasks = IntStream.range(0, TASKS).boxed().toList();
      List<Integer> gpus = spark.parallelize(tasks, TASKS).map(i -> computed()).collect();
      assertThat(gpus).isSubsetOf(0, 1);
      assertThatThrownBy(() -> spark.parallelize(List.of(1), 1).map(i -> lost()).collect())
          .hasMessageFindingMatch(
              "GPU [01] of host \\S+: CUDA error: unspecified launch failure; look for Xid");
    }
  }
}
