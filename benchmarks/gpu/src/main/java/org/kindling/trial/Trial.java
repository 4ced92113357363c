package org.kindling.trial;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code benchmarks/gpu/run}: all sections, one table, one file of JSON. */
@Command(
    name = "benchmarks/gpu/run",
    mixinStandardHelpOptions = true,
    description = {
      "Tries Kindling's kernels by libtorch on a card, in at most 8 minutes: prints one table and writes JSON.",
      "--java DIR names the JDK 17 that it runs on (default: JAVA_HOME, or java on the path).",
      "The exit status is 1 if a test failed, a curve is off, bits differ or memory grows; 2 for wrong use."
    })
public final class Trial implements Callable<Integer> {
  /** On a card, with half a minute for what lies between sections. */
  private static final double CARD_SECONDS = 450;

  private static final double CPU_SECONDS = 600;

  /** Less is not worth the start of a process. */
  private static final double FEWEST_SECONDS = 5;

  @Spec private CommandSpec spec;

  @Option(
      names = "--device",
      paramLabel = "cuda|cpu",
      defaultValue = "cuda",
      description = "Where the kernels compute (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--sections",
      paramLabel = "NAMES",
      split = ",",
      description = "Of tests, curve, bits, speed, memory, replicas, pytorch (default: all).")
  private List<String> sections = Section.labels();

  @Option(names = "--quick", description = "The sizes of --device cpu on a card too.")
  private boolean quick;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "What is learned (default: docs/*.md of the repository).")
  private Path text;

  @Option(
      names = "--python",
      paramLabel = "COMMAND",
      defaultValue = "python3",
      description = "May have PyTorch to compare with (default: ${DEFAULT-VALUE}).")
  private String python;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Gets the JSON (default: target/gpu-trial.json of the repository).")
  private Path output;

  @Option(names = "--home", hidden = true, required = true)
  private Path home;

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Trial()).setExecutionExceptionHandler(Trial::say);
  }

  private static int say(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    line.getErr().println("benchmarks/gpu/run: " + e.getMessage());
    if (e instanceof IllegalArgumentException) {
      return CommandLine.ExitCode.USAGE;
    }
    e.printStackTrace(line.getErr());
    return CommandLine.ExitCode.SOFTWARE;
  }

  @Override
  public Integer call() throws Exception {
    Device where = Device.named("--device", device);
    List<Section> chosen = sections.stream().map(Section::labelled).toList();
    requireText();
    requireKernels(where);
    Setting setting = setting(where);
    Runtime.getRuntime().addShutdownHook(new Thread(SectionProcess::killChildren));
    long start = System.nanoTime();
    List<Row> rows = run(setting, chosen);
    TrialReport report =
        new TrialReport(setting.machine(), (System.nanoTime() - start) / 1e9, rows);
    PrintWriter out = spec.commandLine().getOut();
    out.print(report.table());
    Path file = output == null ? home.resolve("target/gpu-trial.json") : output;
    report.write(file);
    out.println("JSON: " + file);
    out.flush();
    return report.status();
  }

  private void requireText() {
    if (text != null && !Files.isReadable(text)) {
      throw new IllegalArgumentException("--text: no file " + text);
    }
  }

  /** In one line what is missing; loads nothing native but the driver. */
  private static void requireKernels(Device where) {
    if (where == Device.AUTO) {
      throw new IllegalArgumentException("--device: use cuda or cpu");
    }
    try (Kernels kernels = Kernels.named(new KernelsWanted("torch", where), Precision.FP32)) {
      kernels.precision();
    }
  }

  private Setting setting(Device where) throws IOException {
    Sizes sizes = where == Device.CUDA && !quick ? Sizes.LARGE : Sizes.SMALL;
    Path work = home.toAbsolutePath().resolve("target/gpu-trial");
    emptied(work);
    Setting setting =
        new Setting(
            where,
            sizes,
            home.toAbsolutePath().toString(),
            work.toString(),
            text == null ? null : text.toAbsolutePath().toString(),
            python);
    setting.write();
    return setting;
  }

  /** Without what an earlier trial left. */
  private static void emptied(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> found = Files.walk(directory)) {
        for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(directory);
  }

  private List<Row> run(Setting setting, List<Section> chosen)
      throws IOException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    boolean card = setting.device() == Device.CUDA;
    long end = System.nanoTime() + (long) ((card ? CARD_SECONDS : CPU_SECONDS) * 1e9);
    List<Row> rows = new ArrayList<>();
    for (Section section : Section.values()) {
      double left = (end - System.nanoTime()) / 1e9;
      if (!chosen.contains(section)) {
        rows.add(notRun(section, "not asked for"));
      } else if (left < FEWEST_SECONDS) {
        rows.add(notRun(section, "the time was over"));
      } else {
        double seconds = Math.min(left, section.mostSeconds(setting.device()));
        err.printf("%s, at most %.0f s%n", section.label(), seconds);
        err.flush();
        rows.addAll(new SectionProcess(setting, section).run(seconds));
      }
    }
    return rows;
  }

  private static Row notRun(Section section, String reason) {
    return new Row(section.label(), "all", Outcome.NOT_RUN, reason, Map.of());
  }
}
