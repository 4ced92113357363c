package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import picocli.CommandLine;

class StepBenchTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine commandLine = new CommandLine(new BenchJob());
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    commandLine.setExecutionExceptionHandler(
        (e, line, parsed) -> {
          line.getErr().println(e.getMessage());
          return e instanceof IllegalArgumentException ? 2 : 1;
        });
    return commandLine.execute(arguments);
  }

  @Test
  void printsOneObjectWhoseNumbersAgree() throws Exception {
    String[] arguments =
        ("step --layers 1 --heads 2 --width 16 --context 8 --vocabulary 11 --batch 2"
                + " --steps 5 --threads 2 --warmup-seconds 0")
            .split(" ");
    assertThat(run(arguments)).isZero();
    assertThat(out.toString().lines()).hasSize(1);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("medianStepMs").asDouble()).isPositive();
    assertThat(json.get("medianStepCpuMs").asDouble()).isPositive();
    assertThat(json.get("sgemmGflops").asDouble()).isPositive();
    double gflops = json.get("gflops").asDouble();
    long parameters = json.get("parameters").asLong();
    assertThat(parameters).isEqualTo(11 * 16 + 8 * 16 + 12 * 256 + 13 * 16 + 2 * 16);
    double flopsPerToken = 6.0 * parameters + 12 * 8 * 16;
    assertThat(gflops)
        .isCloseTo(json.get("tokensPerSecond").asDouble() * flopsPerToken / 1e9, within(1e-3));
    assertThat(json.get("fractionOfSgemm").asDouble())
        .isCloseTo(gflops / json.get("sgemmGflops").asDouble(), within(1e-3));
    assertThat(json.get("loss").asDouble()).isBetween(1.0, 4.0);
    assertThat(json.get("threads").asInt()).isEqualTo(2);
    assertThat(json.get("kernels").asText()).isEqualTo("vector");
    assertThat(json.get("peakBytes").asLong()).isEqualTo(json.get("estimatedBytes").asLong());
  }

  @Test
  void refusesWhatDoesNotFitBeforeItMeasures() {
    assertThat(run("step", "--layers", "3000", "--width", "8192", "--context", "512")).isEqualTo(2);
    assertThat(err.toString().strip())
        .matches(
            "bench step: needs \\d{14} bytes outside the heap, \\d+ are available; lower --batch,"
                + " --context, --layers, --width or --threads");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void timesStepsOfMuonToo() throws Exception {
    String step = "step --layers 1 --heads 2 --width 16 --context 8 --vocabulary 11 --batch 2";
    String[] arguments = (step + " --steps 2 --warmup-seconds 0 --optimizer muon").split(" ");
    assertThat(run(arguments)).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("optimizer").asText()).isEqualTo("muon");
    assertThat(json.get("peakBytes").asLong()).isEqualTo(json.get("estimatedBytes").asLong());
    assertThat(run((step + " --optimizer lion").split(" "))).isEqualTo(2);
    assertThat(err.toString().strip())
        .isEqualTo("optimizer.kind: unknown optimizer 'lion'; use one of adamw, muon");
  }

  @Test
  void reportsThePrecisionThatItMeasured() throws Exception {
    String[] arguments =
        ("step --layers 1 --heads 3 --width 48 --context 67 --vocabulary 65 --batch 1 --steps 2"
                + " --warmup-seconds 0 --precision bf16")
            .split(" ");
    assertThat(run(arguments)).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    try (Kernels kernels = Kernels.named("auto", Precision.BF16)) {
      assertThat(json.get("precision").asText()).isEqualTo(kernels.precision().label());
    }
    assertThat(json.get("loss").asDouble()).isBetween(3.0, 5.0);
  }

  @Test
  void refusesWhatItCannotMeasure() {
    assertThat(run("step", "--precision", "fp8")).isEqualTo(2);
    assertThat(run("step", "--precision", "bf16", "--kernels", "nd4j")).isEqualTo(2);
    assertThat(run("step", "--threads", "0")).isEqualTo(2);
    assertThat(run("step", "--heads", "3")).isEqualTo(2);
    assertThat(run("step", "--kernels", "fast")).isEqualTo(2);
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString().lines().map(String::strip))
        .contains(
            "bench step: --precision: unknown precision 'fp8'; use fp32 or bf16",
            "kernels: nd4j kernels have no precision bf16; use auto, vector or torch, or precision fp32",
            "bench step: --threads: expected at least 1, found 0",
            "bench step, model.heads: 3 does not divide model.width 128; use one of 2, 4, 8, or set"
                + " model.headDim")
        .anyMatch(line -> line.startsWith("kernels: unknown kernels 'fast'"))
        .anyMatch(line -> line.startsWith("missing what to measure; use one of step"));
  }

  @Test
  void timesOtherArchitecturesAndRecomputing() throws Exception {
    String llama =
        "step --architecture llama --layers 2 --heads 4 --kv-heads 2 --width 16 --context 8"
            + " --vocabulary 11 --batch 2 --steps 2 --warmup-seconds 0 --model qkNorm=true";
    assertThat(run((llama + " --recompute blocks").split(" "))).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("kvHeads").asInt()).isEqualTo(2);
    assertThat(json.get("hidden").asInt()).isEqualTo(48);
    assertThat(json.get("peakBytes").asLong()).isEqualTo(json.get("estimatedBytes").asLong());
    long recomputing = json.get("peakBytes").asLong();
    out.getBuffer().setLength(0);
    assertThat(run(llama.split(" "))).isZero();
    json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("peakBytes").asLong()).isGreaterThan(recomputing);
  }

  @Test
  void medianOfEvenAndOddCounts() {
    assertThat(StepBench.median(new double[] {3, 1, 2})).isEqualTo(2);
    assertThat(StepBench.median(new double[] {4, 1, 2, 3})).isEqualTo(2.5);
  }
}
