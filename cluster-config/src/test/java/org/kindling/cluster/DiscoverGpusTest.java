package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the script with a PATH that holds bash and, where a test makes one, nvidia-smi. */
class DiscoverGpusTest {
  private static final Path SCRIPT = Path.of("gpu/discover-gpus.sh").toAbsolutePath();

  @TempDir private Path bin;

  /** What the script printed and how it ended. */
  private record Result(int status, String out, String err) {}

  @BeforeEach
  void linkBash() throws IOException {
    for (Path directory :
        new Path[] {Path.of("/bin"), Path.of("/usr/bin"), Path.of("/usr/local/bin")}) {
      if (Files.isExecutable(directory.resolve("bash"))) {
        Files.createSymbolicLink(bin.resolve("bash"), directory.resolve("bash"));
        return;
      }
    }
    throw new IOException("no bash in /bin, /usr/bin or /usr/local/bin");
  }

  private void nvidiaSmi(String body) throws IOException {
    Path file = Files.writeString(bin.resolve("nvidia-smi"), "#!/usr/bin/env bash\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Result discover() throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(SCRIPT.toString());
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    Path out = bin.resolve("out");
    Path err = bin.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  @Test
  void printsWhatSparkReads() throws Exception {
    nvidiaSmi("[ \"$*\" = '--query-gpu=index --format=csv,noheader' ] && printf '0\\n1\\n7\\n'");
    Result result = discover();
    assertThat(result.status()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).isEqualTo("{\"name\":\"gpu\",\"addresses\":[\"0\",\"1\",\"7\"]}\n");
    ResourceInformation read = ResourceInformation.parseJson(result.out());
    assertThat(read.name()).isEqualTo("gpu");
    assertThat(read.addresses()).containsExactly("0", "1", "7");
  }

  @Test
  void singleGpu() throws Exception {
    nvidiaSmi("echo 0");
    assertThat(discover().out()).isEqualTo("{\"name\":\"gpu\",\"addresses\":[\"0\"]}\n");
  }

  @Test
  void saysThatTheDriverIsMissing() throws Exception {
    Result result = discover();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("discover-gpus.sh: nvidia-smi not found on PATH; install");
  }

  @Test
  void passesOnWhatTheDriverSays() throws Exception {
    nvidiaSmi("echo 'NVIDIA-SMI has failed' >&2; exit 9");
    Result result = discover();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("NVIDIA-SMI has failed")
        .contains("discover-gpus.sh: nvidia-smi failed with status 9");
  }

  @Test
  void refusesAMachineWithoutGpus() throws Exception {
    nvidiaSmi("true");
    assertThat(discover().err()).contains("nvidia-smi lists no GPU");
  }

  @Test
  void refusesWhatIsNoIndex() throws Exception {
    nvidiaSmi("echo 'No devices were found'");
    Result result = discover();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("found 'No devices were found'");
  }
}
