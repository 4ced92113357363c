package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.AssignedGpu;
import org.kindling.kernels.KernelsWanted;
import org.kindling.model.Family;

class GpuFailureTest {
  private static final KernelRequest REQUEST =
      KernelRequest.ofScoring(new KernelsWanted("auto"), Family.TRANSFORMER);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be …",
        "CUDA error: unspecified launch failure",
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79 GiB",
        "cuBLAS: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "CUDA_ERROR_ECC_UNCORRECTABLE",
        "NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus."
      })
  void cardsFailuresAreKnownByTheirWords(String message) {
    RuntimeException cause = new IllegalStateException("step", new RuntimeException(message));
    assertThat(GpuFailureException.isOfCard(cause)).isTrue();
    assertThat(new GpuFailureException(OptionalInt.of(3), "host node7", cause))
        .hasMessageStartingWith("GPU 3 of host node7: " + message.lines().findFirst().orElseThrow())
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "training.microBatch 8: needs 9 bytes outside the heap, 4 are available",
        "NVIDIA driver 418.226.00: CUDA 11.6 needs 450.80 or newer",
        "hdfs://cuda/xid: no such file",
        "round 3, step 7, worker 0: the loss is NaN"
      })
  void otherFailuresAreNot(String message) {
    assertThat(GpuFailureException.isOfCard(new IllegalArgumentException(message))).isFalse();
  }

  @Test
  void memoryAndLostCardsHaveTheirOwnRemedies() {
    assertThat(failure("CUDA out of memory. Tried to allocate 2.00 GiB"))
        .hasMessageEndingWith("or fewer tasks per GPU");
    assertThat(failure("CUDA error: unspecified launch failure"))
        .hasMessageContaining("look for Xid in dmesg of that host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: unspecified launch failure",
        "CUDA error: device-side assert triggered",
        "CUDA error code [719]",
        "CUDA error: 700",
        "cudaErrorIllegalAddress",
        "CUDA_ERROR_ECC_UNCORRECTABLE",
        "CUDA_ERROR_LAUNCH_FAILED",
        "cuBLAS: CUBLAS_STATUS_EXECUTION_FAILED",
        "CUDA error: GPU is lost",
        "NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus."
      })
  void processCannotGoOnAfterThese(String message) {
    assertThat(failure(message).endsProcess()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA out of memory. Tried to allocate 2.00 GiB",
        "CUDA error: out of memory",
        "CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: invalid argument",
        "CUDA error: no kernel image is available for execution on the device",
        "CUDNN_STATUS_NOT_SUPPORTED",
        "CUDA error: 2"
      })
  void processGoesOnAfterThese(String message) {
    assertThat(failure(message).endsProcess()).isFalse();
  }

  private static GpuFailureException failure(String message) {
    return new GpuFailureException(
        OptionalInt.empty(), "host a", new IllegalStateException(message));
  }

  @Test
  void taskThrowsWhatItsWorkThrewUnlessItIsTheCards() {
    assertThatThrownBy(() -> DeviceTask.run(REQUEST, device -> fail("no data")))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("no data");
    assertThatThrownBy(() -> DeviceTask.run(REQUEST, device -> fail("CUDA error: 700")))
        .isInstanceOf(GpuFailureException.class)
        .hasMessageStartingWith("GPU 0 of this machine: CUDA error: 700; ");
  }

  @Test
  void processThatIsTheDriverNeverEndsItself() throws IOException {
    SparkConf conf = new SparkConf(false).setMaster("local[1]").setAppName("failure");
    conf.set("spark.ui.enabled", "false").set("spark.driver.host", "127.0.0.1");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      assertThatThrownBy(
              () ->
                  spark
                      .parallelize(List.of(1), 1)
                      .map(i -> DeviceTask.run(REQUEST, device -> fail("CUDA error: 700")))
                      .collect())
          .hasMessageContaining(": CUDA error: 700; look for Xid");
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .doesNotContain(ExecutorEnd.THREAD);
    }
  }

  private static int fail(String message) throws IOException {
    throw new IOException(message);
  }

  @Test
  void threadIsFreeOfItsGpuAfterTheTask() throws IOException {
    int device =
        DeviceTask.run(
            REQUEST,
            given -> {
              AssignedGpu.set(2);
              return given;
            });
    assertThat(device).isEqualTo(TaskDevice.CPU);
    assertThat(AssignedGpu.ofThisThread()).isEmpty();
  }
}
