package org.kindling.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.function.DoubleUnaryOperator;

/**
 * What one chart draws, as JSON for the page's script: axes, marks in the order in which they cover
 * each other, and reference lines. Nothing is computed there but places of ticks.
 */
final class Chart {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int POINTS_OF_A_CURVE = 60;

  /** More digits than a screen can show. */
  private static final MathContext DIGITS = new MathContext(7);

  private final ObjectNode node = MAPPER.createObjectNode();
  private final ArrayNode marks;
  private final ArrayNode rules;

  Chart(Axis x, Axis y) {
    node.set("x", x.json(MAPPER));
    node.set("y", y.json(MAPPER));
    marks = node.putArray("marks");
    rules = node.putArray("rules");
  }

  /** A straight line across the chart at a value of y. */
  Chart horizontal(double y, String text) {
    rules.addObject().put("y", y).put("text", text);
    return this;
  }

  /** A straight line up the chart at a value of x. */
  Chart vertical(double x, String text) {
    rules.addObject().put("x", x).put("text", text);
    return this;
  }

  Mark line(String ink) {
    return new Mark("line", ink);
  }

  Mark dots(String ink) {
    return new Mark("dots", ink);
  }

  Mark rings(String ink) {
    return new Mark("rings", ink);
  }

  /** Vertical bars, two points each. */
  Mark bars(String ink) {
    return new Mark("bars", ink);
  }

  /** An area between two curves over the same x. */
  Mark band(String ink) {
    return new Mark("band", ink);
  }

  ObjectNode json() {
    return node;
  }

  static double rounded(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }

  /** Points that look alike. */
  final class Mark {
    private final ObjectNode mark;
    private final ArrayNode points;

    private Mark(String kind, String ink) {
      mark = marks.addObject().put("kind", kind).put("ink", ink);
      points = mark.putArray("points");
    }

    /** In the legend; marks of one name share an entry. */
    Mark named(String name) {
      mark.put("name", name);
      return this;
    }

    Mark dashed() {
      mark.put("dashed", true);
      return this;
    }

    /** Present, and not looked at first. */
    Mark faint() {
      mark.put("faint", true);
      return this;
    }

    Mark size(double pixels) {
      mark.put("size", pixels);
      return this;
    }

    Mark symbol(String name) {
      mark.put("symbol", name);
      return this;
    }

    /** Written at the first point. */
    Mark startText(String text) {
      mark.put("start", text);
      return this;
    }

    /** Written at the last point. */
    Mark endText(String text) {
      mark.put("end", text);
      return this;
    }

    Mark at(double x, double y) {
      if (Double.isFinite(x) && Double.isFinite(y)) {
        points.addArray().add(rounded(x)).add(rounded(y));
      }
      return this;
    }

    /** A point with what is shown when it is pointed at. */
    Mark at(double x, double y, Tip tip) {
      if (Double.isFinite(x) && Double.isFinite(y)) {
        ArrayNode point = points.addArray().add(rounded(x)).add(rounded(y));
        if (!tip.text().isEmpty()) {
          point.add(tip.text());
        }
      }
      return this;
    }

    /** Of a band, or a bar from lower to upper. */
    Mark span(double x, double lower, double upper) {
      if (Double.isFinite(x) && Double.isFinite(lower) && Double.isFinite(upper)) {
        points.addArray().add(rounded(x)).add(rounded(lower)).add(rounded(upper));
      }
      return this;
    }

    /** The next point begins a new stroke. */
    Mark gap() {
      points.addNull();
      return this;
    }

    /** A smooth curve, even steps of ln x. */
    Mark curve(double from, double to, DoubleUnaryOperator of) {
      for (int i = 0; i < POINTS_OF_A_CURVE; i++) {
        double x = from * Math.pow(to / from, i / (POINTS_OF_A_CURVE - 1.0));
        at(x, of.applyAsDouble(x));
      }
      return this;
    }
  }
}
