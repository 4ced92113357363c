package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class TaskDeviceTest {
  private static Map<String, ResourceInformation> gpus(String... addresses) {
    return Map.of("gpu", new ResourceInformation("gpu", addresses));
  }

  @Test
  void taskComputesOnTheGpuThatSparkGaveIt() {
    assertThat(TaskDevice.address(gpus("3"))).isEqualTo(3);
    assertThat(TaskDevice.address(Map.of())).isZero();
  }

  @Test
  void severalGpusForOneTaskAreRefused() {
    assertThatThrownBy(() -> TaskDevice.address(gpus("0", "1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("spark.task.resource.gpu.amount: a task was given 2 GPUs");
  }

  @Test
  void addressThatIsNoNumberIsNamed() {
    assertThatThrownBy(() -> TaskDevice.address(gpus("GPU-8f1c")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("GPU address 'GPU-8f1c': expected a number");
  }

  @Test
  void clusterWithoutAnExecutorIsToldWhatWasAskedFor() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.master", "spark://h:7077")
            .set("spark.executor.cores", "4")
            .set("spark.executor.resource.gpu.amount", "16");
    assertThat(Executors.noneCame(conf, 120))
        .startsWith("spark://h:7077: no executor came within 120 s; asked for 4 cores, 1g of heap")
        .contains("and 16 GPUs on one machine; ask for less");
  }
}
