package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;

class FreeCoresTest {
  private static final KernelRequest REQUEST =
      new KernelRequest(new KernelsWanted("auto"), Precision.FP32, false, "training.kernels: ");

  private static SparkConf conf(String master) {
    return new SparkConf(false).set("spark.master", master);
  }

  @Test
  void workersOnAllCoresLeaveNoneToAveraging() {
    assertThatThrownBy(() -> FreeCores.requireOne(conf("local[2]"), 2, REQUEST, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "training.overlap: averaging needs a free core beside training, and 2 workers take all"
                + " 2; use more cores");
    assertThatCode(() -> FreeCores.requireOne(conf("local[3]"), 3, REQUEST, 2))
        .doesNotThrowAnyException();
  }

  @Test
  void executorsThatAreOnTheirWayCount() {
    SparkConf conf =
        conf("yarn").set("spark.executor.instances", "2").set("spark.executor.cores", "2");
    assertThatCode(() -> FreeCores.requireOne(conf, 2, REQUEST, 2)).doesNotThrowAnyException();
    assertThatThrownBy(() -> FreeCores.requireOne(conf, 2, REQUEST, 4))
        .hasMessageContaining("4 workers take all 4");
  }

  @Test
  void tasksThatHoldGpusLeaveTheOtherCores() {
    SparkConf conf =
        conf("spark://host:7077")
            .set("spark.executor.cores", "4")
            .set("spark.executor.resource.gpu.amount", "1")
            .set("spark.cores.max", "8");
    assertThatCode(() -> FreeCores.requireOne(conf, 8, REQUEST, 100)).doesNotThrowAnyException();
  }
}
