package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A warm training step makes no garbage that grows with model or batch: a vector that is not kept
 * in a register would be an object, a hundred thousand of them a step.
 */
class StepAllocationTest {
  /** Small records per layer and call. */
  private static final long MOST_BYTES_PER_STEP = 6_000;

  @TempDir private Path directory;

  /** Widths and contexts with and without a rest beside whole registers and tiles. */
  @ParameterizedTest
  @CsvSource({"fp32, 3, 48, 67", "fp32, 5, 20, 64", "bf16, 3, 48, 67"})
  void warmStepsMakeNoGarbage(String precision, String heads, String width, String context)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(AllocationOfSteps.class.getName());
    command.addAll(List.of(directory.toString(), precision, heads, width, context));
    command.add(Long.toString(MOST_BYTES_PER_STEP));
    Process process =
        new ProcessBuilder(command).redirectError(directory.resolve("log").toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(directory.resolve("log").toString()).isZero();
    assertThat(Long.parseLong(output.strip())).isLessThan(MOST_BYTES_PER_STEP);
  }
}
