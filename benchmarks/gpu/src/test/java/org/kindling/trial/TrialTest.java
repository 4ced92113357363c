package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.CudaDriver;
import picocli.CommandLine;

class TrialTest {
  @TempDir private Path home;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--home", home.toString()));
    all.addAll(List.of(arguments));
    CommandLine line = Trial.commandLine();
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return line.execute(all.toArray(String[]::new));
  }

  @Test
  void withoutACardOneLineSaysWhatIsMissing() {
    Assumptions.assumeTrue(CudaDriver.ofThisProcess().obstacle().isPresent());
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .startsWith("benchmarks/gpu/run: ")
        .containsAnyOf("build with -Plibtorch-cuda", "was built for GPUs", "NVIDIA's driver");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void refusesAnUnknownSection() {
    assertThat(run("--device", "cpu", "--sections", "tests,curves")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--sections: unknown section 'curves'; use tests, curve, bits, speed")
        .doesNotContain("\tat ");
  }

  @Test
  void refusesAnUnknownDevice() {
    assertThat(run("--device", "tpu")).isEqualTo(2);
    assertThat(err.toString()).contains("--device: unknown device 'tpu'");
    assertThat(run("--device", "auto")).isEqualTo(2);
    assertThat(err.toString()).contains("--device: use cuda or cpu");
  }

  @Test
  void refusesATextThatIsNotThere() {
    assertThat(run("--device", "cpu", "--text", home + "/input.txt")).isEqualTo(2);
    assertThat(err.toString()).contains("--text: no file ");
  }

  @Test
  void aTextTooShortFailsItsSectionAndOthersAreNamedAsNotRun() throws Exception {
    Files.writeString(home.resolve("short.txt"), "short");
    int status =
        run(
            "--device",
            "cpu",
            "--sections",
            "curve",
            "--text",
            home + "/short.txt",
            "--output",
            home + "/trial.json");
    assertThat(status).isEqualTo(1);
    assertThat(out.toString())
        .contains("has 5 bytes, expected at least 10000")
        .contains("| speed    | all  | not run | not asked for |");
    assertThat(new ObjectMapper().readTree(home.resolve("trial.json").toFile()).get("rows"))
        .hasSize(Section.values().length);
  }

  @Test
  void pythonWithoutTorchIsSaid() {
    int status = run("--device", "cpu", "--sections", "pytorch", "--python", "no-such-python");
    assertThat(status).isZero();
    assertThat(out.toString()).contains("not run", "there is no no-such-python");
  }
}
