package org.kindling.notebooks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Python as another process. */
final class Python {
  private static final long TIMEOUT_SECONDS = 300;

  private Python() {}

  /**
   * What a process said and how it ended.
   *
   * @param said on both its outputs
   */
  record Result(int status, String said) {}

  /** {@code python3}, if it is on the path. */
  static Optional<String> onPath() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(directory -> Path.of(directory, "python3"))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /** Runs a command to its end, which must come within five minutes. */
  static Result run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path messages = Files.createTempFile("kindling-python", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(messages.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        return new Result(-1, "no end within " + TIMEOUT_SECONDS + " s: " + read(messages));
      }
      return new Result(process.exitValue(), read(messages));
    } finally {
      Files.delete(messages);
    }
  }

  private static String read(Path messages) throws IOException {
    return new String(Files.readAllBytes(messages), StandardCharsets.UTF_8);
  }

  /** What Python says against a text; empty if it compiles. */
  static String compile(String source, Path directory) throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("cell.py"), source);
    Result result =
        run(
            List.of(
                onPath().orElseThrow(),
                "-c",
                "import sys; compile(open(sys.argv[1], encoding='utf-8').read(), 'cell', 'exec')",
                file.toString()),
            Map.of());
    return result.status() == 0 ? "" : result.said() + "status " + result.status();
  }
}
