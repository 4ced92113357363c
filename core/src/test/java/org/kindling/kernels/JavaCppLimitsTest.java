package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each in a process of its own, as JavaCPP reads its limits once. */
class JavaCppLimitsTest {
  @TempDir private Path directory;

  private String limits(String first, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(FirstTouch.class.getName(), first));
    Path log = directory.resolve("log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    return output.strip();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vector",
        "nd4j",
        "CpuTensor",
        "Nd4jTensor",
        "OneDnn",
        "OpenMp",
        "Instructions",
        "Gpus",
        "TransformerLayer",
        "LanguageModelLayer",
        "KnownNetworks"
      })
  void noLimitIsSetWhereverAProcessBegins(String first) throws Exception {
    assertThat(limits(first)).endsWith("0 0");
  }

  @Test
  void limitsThatWereGivenToJavaStay() throws Exception {
    assertThat(limits("CpuTensor", "-Dorg.bytedeco.javacpp.maxBytes=64m")).endsWith("67108864 0");
  }
}
