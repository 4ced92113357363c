package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Device;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.Family;
import org.kindling.spark.cluster.Executors.Report;

/** Descriptions of processors that need not be here. */
class ArithmeticMixTest {
  private static final Arithmetic NEW =
      new Arithmetic("vector", "oneDNN", "fp32", "avx512_core", 512, "CPU");
  private static final Arithmetic OLD =
      new Arithmetic("vector", "oneDNN", "fp32", "avx2", 256, "CPU");
  private static final Arithmetic HALVES =
      new Arithmetic("vector", "oneDNN", "bf16", "avx512_core_bf16", 512, "CPU");
  private static final Arithmetic ND4J =
      new Arithmetic("nd4j", "OpenBLAS", "fp32", "SkylakeX", 0, "CPU");
  private static final Arithmetic OPEN_BLAS =
      new Arithmetic("vector", "OpenBLAS", "fp32", "SkylakeX", 512, "CPU");
  private static final Arithmetic GPU =
      new Arithmetic("nd4j", "cuBLAS", "fp32", "7.5", 0, "CUDA Tesla T4");

  private static final ArithmeticMix TRAINING =
      new ArithmeticMix(
          new KernelRequest(
              new KernelsWanted("auto"), Precision.FP32, false, "training.kernels: "));
  private static final ArithmeticMix SCORING =
      new ArithmeticMix(
          new KernelRequest(new KernelsWanted("vector"), Precision.FP32, false, "--kernels "));

  private static Report report(int executor, String host, Arithmetic arithmetic) {
    return new Report(String.valueOf(executor), host, arithmetic, null);
  }

  private static void refuses(String message, Report... reports) {
    assertThatThrownBy(() -> TRAINING.requireOne(List.of(reports)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "executors: do not compute alike, so bits would depend on where a task runs "
                + message);
  }

  @Test
  void executorsThatComputeAlikeAreOne() {
    assertThat(TRAINING.requireOne(List.of(report(0, "a", NEW), report(1, "b", NEW))))
        .isEqualTo(NEW);
  }

  @Test
  void olderProcessorIsNamedWithWhatItLacks() {
    refuses(
        "(instructions avx2 on c, avx512_core on a, b; vector width 256 bits on c, 512 bits on a, b);"
            + " hold all to the older instructions with spark.executorEnv.ONEDNN_MAX_CPU_ISA and"
            + " hold all to narrower vectors with -XX:UseAVX=2 in their Java options, or leave out c",
        report(0, "a", NEW),
        report(1, "b", NEW),
        report(2, "c", OLD));
  }

  @Test
  void processorWithoutBf16AmongOthersIsToldOfFp32() {
    refuses(
        "(precision bf16 on a, b, fp32 on c; instructions avx512_core on c, avx512_core_bf16 on a,"
            + " b); set training.precision: fp32, or leave out c",
        report(0, "a", HALVES),
        report(1, "b", HALVES),
        report(2, "c", NEW));
  }

  @Test
  void fallingBackAlikeIsAllowed() {
    ArithmeticMix bf16 =
        new ArithmeticMix(
            new KernelRequest(
                new KernelsWanted("auto"), Precision.BF16, false, "training.kernels: "));
    assertThat(bf16.requireOne(List.of(report(0, "a", NEW), report(1, "b", NEW))).precision())
        .isEqualTo("fp32");
  }

  /** What follows from other kernels is not told beside them. */
  @Test
  void missingModuleIsToldAsOtherKernelsAlone() {
    refuses(
        "(kernels nd4j on b, vector on a); start all executors with --add-modules"
            + " jdk.incubator.vector, or set training.kernels: nd4j, or leave out b",
        report(0, "a", NEW),
        report(2, "a", NEW),
        report(1, "b", ND4J));
  }

  @Test
  void otherLibraryIsNamed() {
    refuses(
        "(products OpenBLAS on b, oneDNN on a; instructions SkylakeX on b, avx512_core on a); give"
            + " all executors the same jars and take processors of one kind, or leave out b",
        report(0, "a", NEW),
        report(1, "b", OPEN_BLAS));
  }

  @Test
  void otherDeviceIsNamed() {
    refuses(
        "(device CPU on b, CUDA Tesla T4 on a); give all executors the same jars, and GPUs of one"
            + " model, or leave out b",
        report(0, "a", GPU),
        report(1, "b", ND4J));
  }

  @Test
  void executorsOfOneHostAreToldByTheirNumbers() {
    refuses(
        "(kernels nd4j on executor 1 on a, vector on executor 0 on a); start all executors with"
            + " --add-modules jdk.incubator.vector, or set training.kernels: nd4j, or leave out"
            + " executor 1 on a",
        report(0, "a", NEW),
        report(1, "a", ND4J));
  }

  @Test
  void manyHostsAreCounted() {
    List<Report> reports = new ArrayList<>();
    for (int i = 10; i < 50; i++) {
      reports.add(report(i, "node" + i, NEW));
    }
    reports.add(report(50, "node50", OLD));
    assertThatThrownBy(() -> TRAINING.requireOne(reports))
        .hasMessageContaining("avx512_core on node10, node11, node12, node13 and 36 more;")
        .hasMessageEndingWith("or leave out node50");
  }

  @Test
  void executorWithoutTheKernelsIsNamedWithTheReason() {
    Report unable = new Report("1", "b", null, "kernels: 'vector' needs a module");
    assertThatThrownBy(() -> SCORING.requireOne(List.of(report(0, "a", NEW), unable)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("executor 1 on b: kernels: 'vector' needs a module; or use --kernels auto");
    KernelRequest onGpu =
        new KernelRequest(
            new KernelsWanted("torch", Device.CUDA), Precision.BF16, false, "training.kernels: ");
    assertThatThrownBy(() -> new ArithmeticMix(onGpu).requireOne(List.of(unable)))
        .hasMessageEndingWith("; or use training.device: auto");
  }

  @Test
  void executorsOnAnotherDeviceThanTheDriversJarsAreForAreRefused() {
    KernelRequest auto = KernelRequest.ofScoring(new KernelsWanted("auto"), Family.TRANSFORMER);
    assertThatThrownBy(() -> ArithmeticMix.requireBackend("CUDA", auto, ND4J))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "executors: compute on CPU, and ND4J's backend on the driver's class path is for CUDA;"
                + " give the driver and all executors the same jars");
    assertThatThrownBy(() -> ArithmeticMix.requireBackend("CPU", auto, GPU))
        .hasMessageContaining("compute on CUDA Tesla T4, and ND4J's backend");
    KernelRequest vector = KernelRequest.ofScoring(new KernelsWanted("vector"), Family.TRANSFORMER);
    assertThatCode(
            () -> {
              ArithmeticMix.requireBackend("CUDA", auto, GPU);
              ArithmeticMix.requireBackend("CPU", auto, NEW);
              ArithmeticMix.requireBackend("CUDA", vector, NEW);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void executorThatJoinsLaterIsHeldToTheOthers() {
    assertThatCode(() -> TRAINING.requireSame(NEW, report(7, "z", NEW))).doesNotThrowAnyException();
    assertThatThrownBy(() -> TRAINING.requireSame(HALVES, report(7, "z", NEW)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "executor 7 on z: does not compute as the executors did when the job began (precision"
                + " fp32, expected bf16; instructions avx512_core, expected avx512_core_bf16); set"
                + " training.precision: fp32, or leave out z");
  }
}
