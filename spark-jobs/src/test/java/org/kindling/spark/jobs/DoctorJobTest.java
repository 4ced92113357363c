package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.CudaDriver;
import picocli.CommandLine;

class DoctorJobTest {
  private static final CudaDriver NONE =
      new CudaDriver(
          "unknown", "none", List.of(), Optional.of("NVIDIA's driver: not here; get it"));
  private static final CudaDriver TWO =
      new CudaDriver(
          "580.65.06",
          "13.0",
          List.of(
              new CudaDriver.Card(0, "NVIDIA H100 80GB HBM3", "9.0", 85_000_000_000L),
              new CudaDriver.Card(1, "NVIDIA H100 80GB HBM3", "9.0", 85_000_000_000L)),
          Optional.empty());

  private final StringWriter out = new StringWriter();
  private int status;

  private String run(CudaDriver driver, String... arguments) {
    CommandLine command = new CommandLine(new DoctorJob(() -> driver));
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(out));
    status = command.execute(arguments);
    return out.toString();
  }

  @Test
  void machineWithoutGpuIsToldWhatIsMissing() {
    assertThat(run(NONE, "--gpu").lines())
        .containsExactly(
            "GPU: none; not here; get it",
            "torch kernels: not on the class path; build them with -Plibtorch-cuda as docs/gpu.md"
                + " says",
            "nd4j kernels: no GPU; 'nd4j' has its backend for CPUs on the class path; build with"
                + " -Pcuda, or use device auto");
    assertThat(status).isEqualTo(1);
  }

  @Test
  void everyCardHasALine() {
    assertThat(run(TWO, "--gpu").lines())
        .contains("NVIDIA driver: 580.65.06", "CUDA of the driver: 13.0")
        .anyMatch(line -> line.startsWith("GPU 0: NVIDIA H100 80GB HBM3, 9.0, 79.2 GiB; "))
        .anyMatch(line -> line.startsWith("GPU 1: "));
    assertThat(status).isZero();
  }

  @Test
  void jsonHoldsTheSameFindings() throws Exception {
    JsonNode findings = new ObjectMapper().readTree(run(TWO, "--gpu", "--json")).get("findings");
    assertThat(findings).hasSize(7);
    assertThat(findings.get(0).get("found").asText()).isEqualTo("580.65.06");
  }

  @Test
  void withoutGpuItSaysWhatTheProcessorHas() {
    assertThat(run(NONE).lines())
        .hasSize(8)
        .anyMatch(line -> line.startsWith("Java: 17"))
        .anyMatch(line -> line.startsWith("Spark: 3.5.5; "))
        .anyMatch(line -> line.startsWith("nd4j kernels: no GPU; "))
        .allMatch(line -> line.contains("; "));
    assertThat(status).isZero();
  }

  @Test
  void unknownOptionIsWrongUse() {
    assertThat(run(NONE, "--gpus")).contains("--gpus");
    assertThat(status).isEqualTo(2);
  }
}
