package org.kindling.scale;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.kindling.exchange.Exchange;

/**
 * A line of JSON of {@code benchmarks/network/run}.
 *
 * @param shape of its rounds
 * @param bandwidth of a host's link, as it was given
 * @param delay likewise
 * @param machineCores that all hosts share
 * @param sentBytes of a worker's host in a round, by its counters
 * @param roundSeconds mean of its rounds
 * @param averagingSeconds of that, beyond the slowest worker's training
 */
public record Measurement(
    RoundShape shape,
    String bandwidth,
    String delay,
    int machineCores,
    double sentBytes,
    double roundSeconds,
    double averagingSeconds) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads lines; those of lossy links are left out, which the model does not describe.
   *
   * @param source how the message of an error calls the text
   * @param machineCores of lines that do not say
   */
  public static List<Measurement> read(String lines, String source, int machineCores) {
    List<Measurement> found = new ArrayList<>();
    int number = 0;
    for (String line : lines.split("\n")) {
      number++;
      if (!line.isBlank()) {
        JsonNode row = parse(line, source + " line " + number);
        if (!row.path("loss").asText("0%").equals("0%")) {
          continue;
        }
        found.add(of(row, source + " line " + number, machineCores));
      }
    }
    return found;
  }

  private static JsonNode parse(String line, String where) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          where + ": not JSON; write measurements with benchmarks/network/run --json", e);
    }
  }

  private static Measurement of(JsonNode row, String where, int machineCores) {
    for (String key :
        List.of(
            "parameters",
            "workers",
            "bandwidth",
            "delay",
            "sentBytes",
            "roundSeconds",
            "averagingSeconds")) {
      if (!row.has(key)) {
        throw new IllegalArgumentException(
            where + ": has no " + key + "; write measurements with benchmarks/network/run --json");
      }
    }
    int hosts = row.get("workers").asInt();
    Map<String, String> settings = settings(row.path("exchange").asText(""));
    try {
      RoundShape shape =
          new RoundShape(
              row.get("parameters").asLong(),
              Integer.parseInt(settings.getOrDefault("training.workers", "" + hosts)),
              hosts,
              Exchange.named(settings.getOrDefault("training.exchange", "fp32")),
              settings.getOrDefault("optimizer.kind", "adamw"),
              Boolean.parseBoolean(settings.getOrDefault("training.overlap", "false")));
      return new Measurement(
          shape,
          row.get("bandwidth").asText(),
          row.get("delay").asText(),
          row.path("machineCores").asInt(machineCores),
          row.get("sentBytes").asDouble(),
          row.get("roundSeconds").asDouble(),
          row.get("averagingSeconds").asDouble());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, String> settings(String words) {
    Map<String, String> settings = new TreeMap<>();
    for (String word : words.trim().split("\\s+")) {
      int cut = word.indexOf('=');
      if (cut > 0) {
        settings.put(word.substring(0, cut), word.substring(cut + 1));
      }
    }
    return settings;
  }

  /** Seconds of a worker's training. */
  double trainingSeconds() {
    return Math.max(0, roundSeconds - averagingSeconds);
  }

  /** The model of its rounds. */
  RoundModel model(Coefficients coefficients) {
    return RoundModel.of(shape, Network.of(bandwidth, delay), coefficients)
        .sharing((double) shape.executors() / machineCores);
  }

  /** What a model says of its rounds. */
  double predictedSeconds(Coefficients coefficients) {
    RoundModel model = model(coefficients);
    double training = trainingSeconds() / model.bytes().mostWorkers();
    return model.time(training).roundSeconds();
  }

  /** In words, such as {@code 10.0 M, 4 workers, 1gbit 1ms, int8 adamw}. */
  @Override
  public String toString() {
    return String.format(
        java.util.Locale.ROOT,
        "%.2f M, %d workers on %d, %s %s, %s %s%s",
        shape.parameters() / 1e6,
        shape.workers(),
        shape.executors(),
        bandwidth,
        delay,
        shape.exchange().label(),
        shape.optimizer(),
        shape.overlap() ? " overlap" : "");
  }
}
