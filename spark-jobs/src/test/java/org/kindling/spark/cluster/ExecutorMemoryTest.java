package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.KernelsWanted;
import org.kindling.model.Family;

class ExecutorMemoryTest {
  private static final long GIB = 1L << 30;
  private static final KernelRequest REQUEST =
      KernelRequest.ofScoring(new KernelsWanted("auto"), Family.TRANSFORMER);

  private static SparkConf conf(String master) {
    return new SparkConf(false).set("spark.master", master).set("spark.executor.cores", "4");
  }

  @Test
  void containerThatIsTooSmallIsRefusedWithWhatItNeeds() {
    SparkConf conf = conf("yarn").set("spark.executor.memoryOverhead", "3g");
    assertThatThrownBy(() -> ExecutorMemory.of(conf, REQUEST, GIB).requireRoom())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.executor.memoryOverhead: executors have 3072 MiB outside the heap and need 4352"
                + " (4 tasks at once, 1024 MiB each, 0 of the run's state and 256 for the JVM); set it to 4352m, or use"
                + " fewer spark.executor.cores or a smaller training.microBatch");
    conf.set("spark.executor.memoryOverhead", "4352m");
    assertThatCode(() -> ExecutorMemory.of(conf, REQUEST, GIB).requireRoom())
        .doesNotThrowAnyException();
  }

  /** Spark's default is a tenth of the heap, at least 384 MiB. */
  @ParameterizedTest
  @CsvSource({"k8s://https://h:6443, 1g, 384", "yarn, 20g, 2048"})
  void defaultOverheadIsSparks(String master, String heap, long mebibytes) {
    SparkConf conf = conf(master).set("spark.executor.memory", heap);
    assertThat(ExecutorMemory.of(conf, REQUEST, 1).overheadBytes()).isEqualTo(mebibytes << 20);
  }

  @ParameterizedTest
  @CsvSource({"spark://h:7077", "local[4]"})
  void machinesWithoutContainersAreNotLimitedHere(String master) {
    assertThatCode(() -> ExecutorMemory.of(conf(master), REQUEST, 500 * GIB).requireRoom())
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "local[3], 1, 3",
    "'local[3,2]', 1, 3",
    "'local-cluster[2,5,1024]', 1, 5",
    "yarn, 1, 4",
    "yarn, 2, 2",
    "yarn, 8, 1"
  })
  void tasksAtOnceFollowCores(String master, String taskCpus, int tasks) {
    assertThat(ExecutorMemory.tasksAtOnce(conf(master).set("spark.task.cpus", taskCpus)))
        .isEqualTo(tasks);
  }

  @Test
  void saysWhatItComesTo() {
    assertThat(ExecutorMemory.of(conf("yarn"), REQUEST, GIB))
        .hasToString(
            "4352 MiB outside the heap of an executor (4 tasks at once, 1024 MiB each, 0 of the run's state, 256 for the"
                + " JVM)");
  }
}
