package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;

import org.kindling.scaling.EvaluationRow;

/**
 * What is shown where a point is pointed at: a title, then a line for each value, its name before
 * it.
 */
record Tip(String text) {
  static Tip of(String title) {
    return new Tip(title);
  }

  static Tip of(EvaluationRow row) {
    return of(row.run())
        .line("parameters N", compact(row.parameters()))
        .line("tokens D", compact(row.tokens()))
        .line("compute C", power(row.flops()) + " FLOPs")
        .loss("validation loss", row.loss());
  }

  /** Nothing is shown. */
  static Tip none() {
    return of("");
  }

  Tip line(String name, String value) {
    return new Tip(text + "\n" + name + "\t" + value);
  }

  Tip loss(String name, double nats) {
    return line(name, Words.fixed(nats, 4) + " nats/token");
  }
}
