package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.concurrent.FutureTask;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Tensor;
import org.kindling.model.LanguageModel;
import org.kindling.model.TokenBatch;
import org.kindling.training.SmallTraining;

/** What core's tests of kernels, which run here too, do not say of these. */
class TorchKernelsTest {
  private static final double LEARNING_RATE = 3e-3;

  private static double[] train(String architecture, Kernels kernels, int steps) {
    return SmallTraining.of(architecture, LEARNING_RATE).losses(kernels, steps);
  }

  @Test
  void tellsItsPrecision() {
    try (Kernels half = Kernels.named("torch", Precision.BF16)) {
      assertThat(half.precision()).isEqualTo(Precision.BF16);
      assertThat(half.fp32().precision()).isEqualTo(Precision.FP32);
    }
  }

  @ParameterizedTest
  @CsvSource({"torch, FP32", "torch, BF16"})
  void givesTheSameBitsAgain(String name, Precision precision) {
    double[][] losses = new double[2][];
    for (int i = 0; i < 2; i++) {
      try (Kernels kernels = Kernels.named(name, precision)) {
        losses[i] = train("qwen3", kernels, 10);
      }
    }
    assertThat(losses[0]).isEqualTo(losses[1]);
  }

  /** A worker is used by another task's thread in the next round. */
  @ParameterizedTest
  @CsvSource({"FP32", "BF16"})
  void givesTheSameBitsInAnotherThread(Precision precision) throws Exception {
    try (Kernels kernels = Kernels.named("torch", precision)) {
      double[] here = train("qwen3", kernels, 5);
      FutureTask<double[]> there = new FutureTask<>(() -> train("qwen3", kernels, 5));
      Thread thread = new Thread(there);
      thread.start();
      assertThat(there.get()).isEqualTo(here);
      thread.join();
    }
  }

  /** Gradients by differences of losses in double precision. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "modern"})
  void gradientsAreThoseOfTheLossInDoublePrecision(String architecture) {
    SmallTraining training = SmallTraining.of(architecture, LEARNING_RATE);
    try (Kernels kernels = TorchProvider.inDouble();
        LanguageModel model = training.model(kernels)) {
      model.initialize(1);
      TokenBatch batch = training.batch(1);
      model.gradients().clear();
      model.lossAndGradient(batch, 1);
      Random random = new Random(5);
      float[] value = new float[1];
      float[] gradient = new float[1];
      float step = 0x1p-10f;
      for (int i = 0; i < 60; i++) {
        long at = random.nextLong(model.layout().size());
        model.gradients().read(at, gradient, 0, 1);
        model.parameters().read(at, value, 0, 1);
        double above = lossWith(model, batch, at, value[0] + step);
        double below = lossWith(model, batch, at, value[0] - step);
        lossWith(model, batch, at, value[0]);
        double difference = (above - below) / ((value[0] + step) - (double) (value[0] - step));
        assertThat((double) gradient[0])
            .as("element %d", at)
            .isCloseTo(difference, within(1e-3 + 1e-3 * Math.abs(difference)));
      }
    }
  }

  private static double lossWith(LanguageModel model, TokenBatch batch, long at, float value) {
    model.parameters().write(at, new float[] {value}, 0, 1);
    return model.loss(batch).sum();
  }

  /** JavaCPP counts what is not freed; a tensor that a step forgot would be one of these. */
  @Test
  void stepsAndModelsLeaveNothingBehind() throws InterruptedException {
    try (Kernels kernels = Kernels.named("torch")) {
      train("modern", kernels, 2);
      collectWhatOthersLeft();
      long before = Pointer.totalCount();
      train("qwen3", kernels, 50);
      train("gpt2", kernels, 50);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
      try (Tensor held = kernels.allocate(1)) {
        assertThat(held.size()).isOne();
        assertThat(Pointer.totalCount()).isGreaterThan(before);
      }
    }
  }

  /** Else their pointers, which the garbage collector frees at any time, would hide one of ours. */
  private static void collectWhatOthersLeft() throws InterruptedException {
    long count;
    do {
      count = Pointer.totalCount();
      System.gc();
      Thread.sleep(200);
    } while (Pointer.totalCount() < count);
  }

  @Test
  void refusesTensorsOfOtherKernels() {
    try (Kernels kernels = Kernels.named("torch");
        Tensor other = new PlainKernels().allocate(4)) {
      assertThatThrownBy(() -> kernels.sumOfSquares(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "torch kernels: expected a tensor of their own, found PlainTensor; allocate it with"
                  + " the same kernels");
    }
  }

  @Test
  @Tag("cpu")
  void gpuWithoutABuildForItIsRefusedInOneLine() {
    KernelsWanted wanted = new KernelsWanted("torch", Device.CUDA);
    assertThatThrownBy(() -> Kernels.named(wanted, Precision.FP32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "kernels: 'torch' has libtorch for CPUs on the class path; build with -Plibtorch-cuda as"
                + " docs/gpu.md says, or use device cpu");
  }

  /** A driver without cards plans for executors that have some. */
  @Test
  void memoryOfAGpuIsPlannedWithoutOne() {
    KernelsWanted wanted = new KernelsWanted("torch", Device.CUDA);
    try (Kernels planned = Kernels.planned(wanted, Precision.BF16)) {
      assertThat(planned.onGpu()).isTrue();
      assertThat(planned.tensorBytes(10)).isEqualTo(40);
      assertThat(planned.headScratch(50_000)).isGreaterThan(60_000_000);
    }
  }

  @Test
  @Tag("cpu")
  void tensorsAreCountedUntilTheyAreClosed() {
    try (Kernels kernels = Kernels.named("torch")) {
      long before = OffHeapMemory.heldBytes();
      Tensor tensor = kernels.allocate(1000);
      tensor.slice(10, 100).close();
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before + 4000);
      tensor.close();
      tensor.close();
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
    }
  }

  @Test
  @Tag("cpu")
  void tellsHowItComputes() {
    try (Kernels kernels = Kernels.named("torch")) {
      assertThat(kernels.name()).isEqualTo("torch");
      assertThat(kernels.arithmetic().toString()).startsWith("torch, libtorch, fp32, ");
      assertThat(kernels.arithmetic().usesGpu()).isFalse();
    }
  }
}
