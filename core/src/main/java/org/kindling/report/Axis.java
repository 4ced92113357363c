package org.kindling.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An axis of a chart.
 *
 * @param name with unit
 * @param scale of the values
 * @param format of the numbers at the ticks
 * @param from least value shown, NaN to fit what is drawn
 * @param to largest value shown, likewise
 */
record Axis(String name, Scale scale, Format format, double from, double to) {
  enum Scale {
    LINEAR,
    LOG
  }

  enum Format {
    /** Powers of ten. */
    POWER,
    /** Thousands, millions, billions. */
    COMPACT,
    /** As many decimals as tell the ticks apart. */
    PLAIN,
    /** Of a fraction, signed. */
    PERCENT
  }

  static Axis log(String name, Format format) {
    return new Axis(name, Scale.LOG, format, Double.NaN, Double.NaN);
  }

  static Axis linear(String name, Format format) {
    return new Axis(name, Scale.LINEAR, format, Double.NaN, Double.NaN);
  }

  static Axis loss() {
    return log("Validation loss, nats per token", Format.PLAIN);
  }

  Axis within(double least, double largest) {
    return new Axis(name, scale, format, least, largest);
  }

  ObjectNode json(ObjectMapper mapper) {
    ObjectNode node =
        mapper
            .createObjectNode()
            .put("name", name)
            .put("log", scale == Scale.LOG)
            .put("format", format.name().toLowerCase(java.util.Locale.ROOT));
    if (Double.isFinite(from)) {
      node.put("from", from);
    }
    if (Double.isFinite(to)) {
      node.put("to", to);
    }
    return node;
  }
}
