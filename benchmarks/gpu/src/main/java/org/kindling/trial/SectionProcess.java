package org.kindling.trial;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.kindling.kernels.Device;

/**
 * Runs a section in a process of its own, so that what crashes, hangs or loses its card leaves the
 * other sections alone.
 */
final class SectionProcess {
  private static final List<String> VECTOR_KERNELS =
      List.of("--add-modules", "jdk.incubator.vector");

  private final Setting setting;
  private final Section section;
  private final Rows rows;

  SectionProcess(Setting setting, Section section) {
    this.setting = setting;
    this.section = section;
    this.rows = new Rows(file(setting, section), section.label());
  }

  static Path file(Setting setting, Section section) {
    return setting.inWork(section.label() + ".rows");
  }

  /**
   * @param seconds after which it is killed
   * @return what it found, and why it ended if that was not as it should
   */
  List<Row> run(double seconds) throws IOException, InterruptedException {
    Path log = setting.inWork(section.label() + ".log");
    Process process = start(setting, section.options(), SectionMain.class, log, section.label());
    boolean ended = process.waitFor((long) (seconds * 1e3), TimeUnit.MILLISECONDS);
    if (!ended) {
      kill(process);
      String reason = String.format("stopped after %.0f s, its share of the time", seconds);
      if (section.isCheck()) {
        rows.failed("end", reason, Map.of());
      } else {
        rows.notRun("the rest", reason);
      }
    } else if (process.exitValue() != 0) {
      rows.failed(
          "end",
          "ended with status " + process.exitValue() + ", " + lastLine(log) + " (" + log + ")",
          Map.of());
    }
    return rows.read();
  }

  /** Of this process: nothing of a trial outlives it. */
  static void killChildren() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }

  private static void kill(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  /** A Java like this one, whose output goes to a file; its first argument is the directory. */
  static Process start(Setting setting, Class<?> main, Path log, String... arguments)
      throws IOException {
    return start(setting, List.of(), main, log, arguments);
  }

  private static Process start(
      Setting setting, List<String> options, Class<?> main, Path log, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(VECTOR_KERNELS);
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.add(setting.work());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    if (setting.device() == Device.CPU) {
      // Kernels that may choose would choose a card.
      builder.environment().put("CUDA_VISIBLE_DEVICES", "");
    }
    return builder.start();
  }

  private static String lastLine(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "without a word" : lines.get(lines.size() - 1).strip();
  }
}
