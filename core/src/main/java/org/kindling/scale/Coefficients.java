package org.kindling.scale;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * What {@link RoundModel} takes for each thing that a round does. None is negative.
 *
 * @param roundSeconds that a round takes whatever its size
 * @param taskSeconds of the driver for a task, of training a worker or averaging a shard
 * @param fetchSeconds of an executor for a block that comes from another one
 * @param numberSeconds of an executor for a number that is coded, decoded or added
 * @param byteSeconds of an executor for a byte that it sends or receives, beside the link's time
 * @param linkFactor times the seconds that bytes take on the link: at least 1
 * @param waitFactor times the delay of the round trips that follow one another
 */
public record Coefficients(
    double roundSeconds,
    double taskSeconds,
    double fetchSeconds,
    double numberSeconds,
    double byteSeconds,
    double linkFactor,
    double waitFactor) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** What {@code benchmarks/scale/run} found on the machine that docs/scale.md describes. */
  private static final String MEASURED = "coefficients.json";

  public Coefficients {
    for (double value :
        new double[] {
          roundSeconds, taskSeconds, fetchSeconds, numberSeconds, byteSeconds, waitFactor
        }) {
      if (!(value >= 0) || Double.isInfinite(value)) {
        throw new IllegalArgumentException(
            "coefficients: expected numbers of at least 0, found " + value + "; fit them again");
      }
    }
    if (!(linkFactor >= 1) || Double.isInfinite(linkFactor)) {
      throw new IllegalArgumentException(
          "coefficients: expected a linkFactor of at least 1, found "
              + linkFactor
              + "; fit them again");
    }
  }

  /** Those that come with Kindling. */
  public static Coefficients measured() {
    try (InputStream in = Coefficients.class.getResourceAsStream(MEASURED)) {
      return read(new String(in.readAllBytes(), StandardCharsets.UTF_8), MEASURED);
    } catch (IOException e) {
      throw new IllegalStateException(MEASURED + ": " + e.getMessage(), e);
    }
  }

  /**
   * @param source how the message of an error calls the text
   */
  public static Coefficients read(String json, String source) {
    try {
      return JSON.readValue(json, Coefficients.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          source
              + ": no coefficients ("
              + e.getOriginalMessage().lines().findFirst().orElse("")
              + "); write them with kindling rounds fit --output",
          e);
    }
  }

  /** Indented JSON with a final newline. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("coefficients cannot be written: " + e.getMessage(), e);
    }
  }
}
