package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.scientific;
import static org.kindling.scaling.Numbers.significant;

import org.kindling.report.Table.Cell;
import org.kindling.report.Table.Column;
import org.kindling.scaling.Interval;

/** Cells and columns that many tables share, so that a thing has one name and one look. */
final class Cells {
  static final Column RUN = new Column("Run", "run");
  static final Column FAMILY = new Column("Family", "family");
  static final Column PARAMETERS = new Column("N", "parameters");
  static final Column TOKENS = new Column("D", "tokens");
  static final Column FLOPS = new Column("C, FLOPs", "flops");
  static final Column RATIO = new Column("D / N", "tokensPerParameter");
  static final Column LOSS = new Column("Loss, nats", "loss");

  private Cells() {}

  static Column column(String heading, String key) {
    return new Column(heading, key);
  }

  static Cell text(String text) {
    return Cell.text(text);
  }

  static Cell truth(boolean value) {
    return new Cell(value ? "yes" : "", value ? "true" : "false", Table.Kind.TEXT);
  }

  static Cell whole(double value) {
    return Cell.number(Words.format("%.0f", value), value);
  }

  /** Parameters, tokens. */
  static Cell large(double value) {
    return Cell.number(compact(value), value);
  }

  static Cell flops(double value) {
    return Cell.number(scientific(value), value);
  }

  static Cell loss(double value) {
    return Cell.number(Words.fixed(value, 4), value);
  }

  static Cell digits(double value, int digits) {
    return Cell.number(significant(value, digits).replace('-', '−'), value);
  }

  static Cell number(double value, int decimals) {
    return Cell.number(Words.fixed(value, decimals), value);
  }

  /** A fraction that has no sign. */
  static Cell share(double fraction) {
    return Cell.number(Words.percent(fraction), fraction);
  }

  static Cell percent(double fraction) {
    return Cell.number(Words.signedPercent(fraction), fraction);
  }

  /** The interval, or one of two numbers that do not exist. */
  static Interval orNone(Interval interval) {
    return interval == null ? new Interval(Double.NaN, Double.NaN) : interval;
  }
}
