package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Device;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.Family;

class GpuStagesTest {
  private static final KernelRequest REQUEST =
      KernelRequest.ofScoring(new KernelsWanted("auto"), Family.TRANSFORMER);
  private static final KernelRequest VECTOR =
      new KernelRequest(new KernelsWanted("vector"), Precision.FP32, false, "--kernels ");

  private static SparkConf conf() {
    return new SparkConf(false).set("spark.master", "yarn").set("spark.executor.cores", "8");
  }

  private static SparkConf gpus(int ofExecutor) {
    return conf().set(GpuStages.OF_EXECUTOR, String.valueOf(ofExecutor));
  }

  private static String completed(SparkConf conf) {
    GpuStages.complete(conf);
    return conf.get(GpuStages.OF_TASK, "none");
  }

  @Test
  void stagesAskForWholeGpusAndSettingsDoForTheRest() {
    assertThat(completed(conf())).isEqualTo("none");
    assertThat(completed(gpus(2))).isEqualTo("none");
    assertThat(completed(gpus(2).set(GpuStages.PER_TASK, "1"))).isEqualTo("none");
    assertThat(completed(gpus(2).set(GpuStages.PER_TASK, "0.25"))).isEqualTo("0.25");
    SparkConf onDemand = gpus(2).set("spark.dynamicAllocation.enabled", "true");
    assertThat(completed(onDemand)).isEqualTo("1");
  }

  @Test
  void amountThatTheUserSetForAllStagesStays() {
    assertThat(completed(gpus(2).set(GpuStages.OF_TASK, "0.5"))).isEqualTo("0.5");
    assertThat(completed(gpus(2).set(GpuStages.OF_TASK, "0"))).isEqualTo("0");
    SparkConf both = gpus(2).set(GpuStages.OF_TASK, "0.50").set(GpuStages.PER_TASK, "0.5");
    assertThat(completed(both)).isEqualTo("0.50");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "0.7", "2", "NaN"})
  void amountThatNoTaskCanHaveIsRefused(String amount) {
    SparkConf conf = gpus(2).set(GpuStages.PER_TASK, amount);
    assertThatThrownBy(() -> GpuStages.complete(conf))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.kindling.gpuPerTask: "
                + amount
                + ", expected 1, or at most 0.5 for tasks that share a GPU, such as 0.25 for four");
  }

  @Test
  void whatIsNoNumberIsRefused() {
    assertThatThrownBy(() -> GpuStages.complete(gpus(2).set(GpuStages.PER_TASK, "half")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("spark.kindling.gpuPerTask: 'half', expected a number");
  }

  @Test
  void twoAmountsThatDifferAreRefused() {
    SparkConf conf = gpus(2).set(GpuStages.PER_TASK, "0.5").set(GpuStages.OF_TASK, "1");
    assertThatThrownBy(() -> GpuStages.complete(conf))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.kindling.gpuPerTask: is 0.5, and spark.task.resource.gpu.amount is 1; leave one"
                + " of them out");
  }

  @Test
  void executorsWithoutGpusAreNamed() {
    String message =
        "spark.kindling.gpuPerTask: executors have no GPUs; set spark.executor.resource.gpu.amount"
            + " and a master other than local, or leave it out";
    SparkConf none = conf().set(GpuStages.PER_TASK, "1");
    assertThatThrownBy(() -> GpuStages.complete(none)).hasMessage(message);
    SparkConf local = gpus(1).set(GpuStages.PER_TASK, "1").set("spark.master", "local[2]");
    assertThatThrownBy(() -> GpuStages.complete(local)).hasMessage(message);
  }

  /** Cores are eight. */
  @ParameterizedTest
  @CsvSource({
    "2, spark.kindling.gpuPerTask, 1, 2, 1",
    "2, spark.kindling.gpuPerTask, 0.25, 8, 4",
    "2, spark.kindling.gpuPerTask, 0.3, 6, 3",
    "2, spark.task.resource.gpu.amount, 0.5, 4, 2",
    "4, spark.task.resource.gpu.amount, 2, 2, 1",
    "2, spark.task.resource.gpu.amount, 0, 8, 8"
  })
  void executorRunsNoMoreTasksThanItsGpusTake(
      int gpus, String key, String amount, int ofExecutor, int ofGpu) {
    SparkConf conf = gpus(gpus).set(key, amount);
    assertThat(ExecutorMemory.of(conf, REQUEST, 1).tasks()).isEqualTo(ofExecutor);
    assertThat(ExecutorMemory.tasksAtOnce(conf, 1)).isEqualTo(ofGpu);
    assertThat(ExecutorMemory.tasksAtOnce(conf, TaskDevice.CPU)).isEqualTo(8);
  }

  @Test
  void kernelsOfTheCpuTakeAllCores() {
    assertThat(ExecutorMemory.of(gpus(2), VECTOR, 1).tasks()).isEqualTo(8);
    SparkConf held = gpus(2).set(GpuStages.OF_TASK, "1");
    assertThat(ExecutorMemory.of(held, VECTOR, 1).tasks()).isEqualTo(2);
    assertThat(ExecutorMemory.of(conf(), REQUEST, 1).tasks()).isEqualTo(8);
  }

  @Test
  void tasksThatHoldAGpuAndDoNotUseItAreTold() {
    Arithmetic cpu = new Arithmetic("vector", "oneDNN", "fp32", "AVX2", 256, "CPU");
    Arithmetic gpu = new Arithmetic("torch", "libtorch", "bf16", "9.0", 0, "CUDA NVIDIA H100");
    KernelRequest onCpu =
        new KernelRequest(
            new KernelsWanted("torch", Device.CPU), Precision.FP32, false, "training.kernels: ");
    assertThat(GpuStages.idle(gpus(2), REQUEST, cpu))
        .hasValueSatisfying(told -> assertThat(told).contains("hold GPUs and compute on the CPU"));
    assertThat(GpuStages.idle(gpus(2).set(GpuStages.OF_TASK, "1"), VECTOR, cpu)).isPresent();
    assertThat(GpuStages.idle(gpus(2), REQUEST, gpu)).isEmpty();
    assertThat(GpuStages.idle(gpus(2), onCpu, cpu)).isEmpty();
    assertThat(GpuStages.idle(conf(), REQUEST, cpu)).isEmpty();
  }

  @Test
  void oneProcessHasNoGpusToHandOut() {
    SparkConf conf = gpus(2).setMaster("local[3]").setAppName("stages");
    conf.set("spark.ui.enabled", "false").set("spark.driver.host", "127.0.0.1");
    assertThat(completed(conf)).isEqualTo("none");
    assertThat(ExecutorMemory.of(conf, REQUEST, 1).tasks()).isEqualTo(3);
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      JavaRDD<Integer> rdd = GpuStages.onGpus(spark.parallelize(java.util.List.of(1)), REQUEST);
      assertThat(rdd.getResourceProfile()).isNull();
      assertThat(rdd.collect()).containsExactly(1);
    }
  }
}
