package org.kindling.trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.kindling.model.ModelSettings;

/** The steps of {@link Speed} in PyTorch, if the machine's Python has it. */
final class PyTorch implements Work {
  private static final List<String> MODES = List.of("eager", "compile");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    String obstacle = obstacle(setting);
    if (obstacle != null) {
      rows.notRun("all", obstacle);
      return;
    }
    Yardstick yardstick = Yardstick.of(setting);
    for (Shape shape : setting.sizes().speed()) {
      for (String mode : MODES) {
        measure(setting, shape, mode, yardstick, rows);
      }
    }
  }

  /** Why there is nothing to compare with; null if there is. */
  private static String obstacle(Setting setting) throws IOException, InterruptedException {
    Path log = setting.inWork("pytorch-version.log");
    Process process;
    try {
      process = start(log, setting.python(), "-c", "import torch");
    } catch (IOException e) {
      return "there is no " + setting.python();
    }
    return process.waitFor() == 0 ? null : setting.python() + " has no torch: " + lastLine(log);
  }

  private static void measure(
      Setting setting, Shape shape, String mode, Yardstick yardstick, Rows rows)
      throws IOException, InterruptedException {
    String what = shape.name() + " in bf16, " + mode;
    Path log = setting.inWork("pytorch-step.log");
    List<String> command = command(setting, shape, mode);
    int status = start(log, command.toArray(String[]::new)).waitFor();
    String last = lastLine(log);
    if (status != 0 || !last.startsWith("{")) {
      rows.notRun(what, "pytorch.py ended with status " + status + ": " + last);
      return;
    }
    JsonNode found = JSON.readTree(last);
    if (found.has("notRun")) {
      rows.notRun(what, found.get("notRun").asText());
      return;
    }
    OptionalDouble own = Speed.measured(setting, shape);
    Row row = row(what, shape.ofBatch(found.get("batch").asInt()), found, yardstick);
    rows.add(own.isPresent() ? compared(row, own.getAsDouble()) : row);
  }

  private static List<String> command(Setting setting, Shape shape, String mode) {
    ModelSettings model = shape.model();
    List<String> command = new ArrayList<>();
    command.add(setting.python());
    command.add(Path.of(setting.home(), "benchmarks", "gpu", "pytorch.py").toString());
    command.addAll(List.of("--device", setting.device().label(), "--mode", mode));
    command.addAll(List.of("--architecture", model.architecture()));
    command.addAll(List.of("--layers", "" + model.layers(), "--heads", "" + model.heads()));
    command.addAll(List.of("--width", "" + model.width(), "--hidden", "" + model.hidden()));
    command.addAll(List.of("--context", "" + model.context()));
    command.addAll(List.of("--vocabulary", "" + shape.vocabulary()));
    command.addAll(List.of("--batch", "" + shape.batch()));
    if (model.tied()) {
      command.add("--tied");
    }
    return command;
  }

  private static Row row(String what, Shape shape, JsonNode found, Yardstick yardstick) {
    double speed = found.get("tokensPerSecond").asDouble();
    Map<String, Object> values = new LinkedHashMap<>();
    found.fields().forEachRemaining(field -> values.put(field.getKey(), field.getValue()));
    values.put("tokensPerSecond", speed);
    yardstick.share(shape, speed).ifPresent(share -> values.put("share", share));
    return new Row(
        Section.PYTORCH.label(),
        what,
        Outcome.MEASURED,
        String.format(
            "%,.0f tokens/s; %d × %d tokens in %.1f ms; %s; PyTorch %s",
            speed,
            shape.batch(),
            shape.model().context(),
            found.get("medianStepMs").asDouble(),
            yardstick.inWords(shape, speed),
            found.get("version").asText()),
        values);
  }

  /** With Kindling's tokens a second beside it. */
  static Row compared(Row row, double own) {
    double times = own / ((Number) row.values().get("tokensPerSecond")).doubleValue();
    Map<String, Object> values = new LinkedHashMap<>(row.values());
    values.put("kindlingTimes", times);
    String result = String.format("%s; Kindling %.2f times that", row.result(), times);
    return new Row(row.section(), row.what(), row.outcome(), result, values);
  }

  private static Process start(Path log, String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private static String lastLine(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "without a word" : lines.get(lines.size() - 1).strip();
  }
}
