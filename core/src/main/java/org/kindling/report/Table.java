package org.kindling.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * A table of the report, shown as HTML and written as CSV.
 *
 * @param name of the CSV file, without ending
 * @param title what it lists
 * @param columns heading for people and for machines
 * @param rows cells, as many as columns
 */
record Table(String name, String title, List<Column> columns, List<List<Cell>> rows) {
  /** A page of more rows would be slow to open; the CSV has all. */
  private static final int MOST_ROWS_SHOWN = 60;

  Table(String name, String title, Column... columns) {
    this(name, title, List.of(columns), new ArrayList<>());
  }

  /**
   * @param heading as people read it
   * @param key as the CSV calls it
   */
  record Column(String heading, String key) {}

  /**
   * @param shown in HTML
   * @param exact in CSV, and by which HTML sorts
   */
  record Cell(String shown, String exact, Kind kind) {
    static Cell text(String text) {
      return new Cell(text, text, Kind.TEXT);
    }

    /** A number; one that does not exist is a dash for people and empty for machines. */
    static Cell number(String shown, double exact) {
      return new Cell(
          Double.isFinite(exact) ? shown : "–",
          Double.isFinite(exact) ? plain(exact) : "",
          Kind.NUMBER);
    }

    private static String plain(double value) {
      return value == Math.rint(value) && Math.abs(value) < 1e15
          ? Long.toString((long) value)
          : Double.toString(value);
    }
  }

  enum Kind {
    TEXT,
    NUMBER
  }

  /** Adds a row. */
  Table row(Cell... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalStateException(
          name + ": a row of " + cells.length + " cells in " + columns.size() + " columns");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** Where the report puts the CSV, relative to itself. */
  String file() {
    return "tables/" + name + ".csv";
  }

  String csv() {
    StringBuilder out = new StringBuilder();
    CSVFormat format = CSVFormat.DEFAULT.builder().setRecordSeparator("\n").build();
    try {
      CSVPrinter printer = new CSVPrinter(out, format);
      printer.printRecord(columns.stream().map(Column::key).toList());
      for (List<Cell> row : rows) {
        printer.printRecord(row.stream().map(Cell::exact).toList());
      }
    } catch (IOException e) {
      throw new IllegalStateException("a string builder does not fail", e);
    }
    return out.toString();
  }

  /** A link to the CSV. */
  String link() {
    return "<a class=\"csv\" download href=\""
        + Html.escape(file())
        + "\">"
        + Html.escape(name + ".csv")
        + "</a>";
  }

  /** Closed until it is asked for: what a figure draws, for those who cannot see it. */
  String folded() {
    return "<details><summary>"
        + Html.escape(title)
        + " as a table, "
        + Words.count(rows.size(), "row")
        + "</summary>\n"
        + html()
        + "</details>\n";
  }

  /** A table whose headings sort it. Columns with nothing in them are left out. */
  String html() {
    List<Integer> shown =
        IntStream.range(0, columns.size())
            .filter(c -> rows.stream().anyMatch(row -> !row.get(c).exact().isEmpty()))
            .boxed()
            .toList();
    StringBuilder out =
        new StringBuilder("<div class=\"table\"><table data-sortable><caption>")
            .append(Html.escape(title))
            .append("</caption><thead><tr>");
    for (int c : shown) {
      boolean number = rows.get(0).get(c).kind() == Kind.NUMBER;
      out.append(number ? "<th class=\"number\" scope=\"col\">" : "<th scope=\"col\">")
          .append("<button type=\"button\">")
          .append(Html.prose(columns.get(c).heading()))
          .append("</button></th>");
    }
    out.append("</tr></thead><tbody>\n");
    for (List<Cell> row : rows.subList(0, Math.min(rows.size(), MOST_ROWS_SHOWN))) {
      out.append("<tr>");
      shown.forEach(c -> out.append(html(row.get(c))));
      out.append("</tr>\n");
    }
    return out.append("</tbody></table></div>\n").append(rest()).toString();
  }

  private String rest() {
    return rows.size() <= MOST_ROWS_SHOWN
        ? ""
        : Html.paragraph(
            "The first " + MOST_ROWS_SHOWN + " of " + rows.size() + " rows; the CSV has all.");
  }

  /** By this the script sorts: fewer digits than the CSV has. */
  private static String shortened(String exact) {
    return exact.length() < 12
        ? exact
        : Double.toString(Chart.rounded(Double.parseDouble(exact))).replaceFirst("\\.0$", "");
  }

  private static String html(Cell cell) {
    return cell.kind() == Kind.TEXT
        ? "<td>" + Html.prose(cell.shown()) + "</td>"
        : "<td class=\"number\" data-value=\""
            + Html.escape(shortened(cell.exact()))
            + "\">"
            + Html.escape(cell.shown())
            + "</td>";
  }
}
