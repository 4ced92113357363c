package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.scientific;
import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What models make of their context: the tables of {@code kindling diagnose}, one line a run. */
final class DiagnosticsSection {
  private final Diagnostics diagnostics;

  DiagnosticsSection(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  void addTo(Page page) {
    page.section("diagnostics", "What models make of their context");
    if (lines(Diagnostics.GRADIENTS).isEmpty()) {
      absent(page, "Gradients by distance", Diagnostics.GRADIENTS);
    } else {
      page.figure(gradients());
    }
    if (lines(Diagnostics.POSITIONS).isEmpty()) {
      absent(page, "Loss by position", Diagnostics.POSITIONS);
    } else {
      page.figure(positions());
    }
    if (lines(Diagnostics.COST).isEmpty()) {
      absent(page, "Cost by length of the context", Diagnostics.COST);
    } else {
      page.figure(cost());
    }
  }

  private static void absent(Page page, String what, String file) {
    page.absent(what, "Needs " + file + ", which kindling diagnose writes, beside the evaluations");
  }

  private Map<String, List<Diagnostics.Row>> lines(String file) {
    Map<String, List<Diagnostics.Row>> lines = new LinkedHashMap<>();
    for (Diagnostics.Row row : diagnostics.rows(file)) {
      lines.computeIfAbsent(row.run(), run -> new ArrayList<>()).add(row);
    }
    return lines;
  }

  private Figure gradients() {
    return new Figure(
        "gradients",
        List.of(
            chart(
                Diagnostics.GRADIENTS,
                Axis.linear("Distance, tokens", Axis.Format.PLAIN),
                Axis.log("Gradient norm", Axis.Format.POWER),
                "distance",
                "norm")),
        sentence(
            Diagnostics.GRADIENTS,
            "distance",
            "norm",
            "From %s to %s tokens before a prediction the norm of its gradient changes from %s"),
        "Norm of the gradient of a prediction's loss with respect to the vector of the token so"
            + " many positions before. A straight fall is a gradient that vanishes exponentially;"
            + " a rise, one that explodes.",
        table(Diagnostics.GRADIENTS, "Gradients by distance"));
  }

  private Figure positions() {
    return new Figure(
        "positions",
        List.of(
            chart(
                Diagnostics.POSITIONS,
                Axis.linear("Position in the context, tokens", Axis.Format.PLAIN),
                Axis.linear("Validation loss, nats per token", Axis.Format.PLAIN),
                "position",
                "loss")),
        sentence(
            Diagnostics.POSITIONS,
            "position",
            "loss",
            "From position %s to position %s the validation loss goes from %s"),
        "A model that uses what came before gets better along its context.",
        table(Diagnostics.POSITIONS, "Loss by position"));
  }

  private Figure cost() {
    Axis context = Axis.log("Context, tokens", Axis.Format.PLAIN);
    return new Figure(
        "cost",
        List.of(
            chart(
                Diagnostics.COST,
                context,
                Axis.log("Seconds per trained token", Axis.Format.POWER),
                "context",
                "trainingSecondsPerToken"),
            chart(
                Diagnostics.COST,
                context,
                Axis.log("Seconds per generated token", Axis.Format.POWER),
                "context",
                "generationSecondsPerToken"),
            chart(
                Diagnostics.COST,
                context,
                Axis.log("Training memory, bytes", Axis.Format.POWER),
                "context",
                "trainingBytes")),
        sentence(
            Diagnostics.COST,
            "context",
            "trainingSecondsPerToken",
            "From a context of %s to one of %s tokens the seconds to train a token go from %s"),
        "Forward and backward per token, one more token after a full context, and the memory to"
            + " train on one sequence, by estimate: level where the whole grows linearly with the"
            + " context, rising where it grows faster.",
        table(Diagnostics.COST, "Cost by length of the context"));
  }

  private Chart chart(String file, Axis x, Axis y, String ofX, String ofY) {
    Chart chart = new Chart(x, y);
    int ink = 0;
    for (Map.Entry<String, List<Diagnostics.Row>> line : lines(file).entrySet()) {
      String colour = "s" + ink++;
      Chart.Mark curve = chart.line(colour);
      Chart.Mark dots = chart.dots(colour).named(name(line.getValue().get(0))).size(5);
      for (Diagnostics.Row row : line.getValue()) {
        double at = row.values().get(ofX);
        double value = row.values().get(ofY);
        if (y.scale() == Axis.Scale.LINEAR || value > 0) {
          curve.at(at, value);
          dots.at(
              at,
              value,
              Tip.of(name(row)).line(x.name(), compact(at)).line(y.name(), shown(value)));
        }
      }
    }
    return chart;
  }

  private static String name(Diagnostics.Row row) {
    boolean isSaid = row.family().isEmpty() || row.run().contains(row.family());
    return row.run() + (isSaid ? "" : ", " + row.family());
  }

  /** The first and last value of every run's line, told of the run whose line is the longest. */
  private String sentence(String file, String ofX, String ofY, String beginning) {
    Map<String, List<Diagnostics.Row>> lines = lines(file);
    List<Diagnostics.Row> longest = List.of();
    for (List<Diagnostics.Row> line : lines.values()) {
      longest = line.size() > longest.size() ? line : longest;
    }
    double from = longest.get(0).values().get(ofX);
    double to = longest.get(longest.size() - 1).values().get(ofX);
    List<String> changes = new ArrayList<>();
    for (List<Diagnostics.Row> line : lines.values()) {
      boolean whole =
          line.get(0).values().get(ofX) == from
              && line.get(line.size() - 1).values().get(ofX) == to;
      if (whole && changes.size() < 4) {
        changes.add(
            shown(line.get(0).values().get(ofY))
                + " to "
                + shown(line.get(line.size() - 1).values().get(ofY))
                + " ("
                + line.get(0).run()
                + ")");
      }
    }
    return Words.format(beginning, Words.fixed(from, 0), Words.fixed(to, 0), Words.list(changes))
        + ".";
  }

  private static String shown(double value) {
    return Math.abs(value) < 0.01 ? scientific(value) : significant(value, 3);
  }

  private Table table(String file, String title) {
    List<String> columns = Diagnostics.COLUMNS.get(file);
    Table table =
        new Table(
            file.replace(".csv", ""),
            title,
            columns.stream().map(c -> Cells.column(c, c)).toArray(Table.Column[]::new));
    for (Diagnostics.Row row : diagnostics.rows(file)) {
      List<Table.Cell> cells = new ArrayList<>();
      cells.add(Cells.text(row.run()));
      cells.add(Cells.text(row.family()));
      for (String column : columns.subList(2, columns.size())) {
        double value = row.values().get(column);
        String shown = value == Math.rint(value) ? compact(value) : significant(value, 4);
        cells.add(Table.Cell.number(shown, value));
      }
      table.row(cells.toArray(Table.Cell[]::new));
    }
    return table;
  }
}
