package org.kindling.report;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * A table of the report, shown as HTML and written as CSV.
 *
 * @param name of the CSV file, without ending
 * @param columns heading for people and for machines
 * @param rows cells, as many as columns
 */
record Table(String name, List<Column> columns, List<List<Cell>> rows) {

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

  /**
   * A table whose headings sort it, over a link to its CSV. Columns with nothing in them are left
   * out.
   */
  String html() {
    List<Integer> shown =
        IntStream.range(0, columns.size())
            .filter(c -> rows.stream().anyMatch(row -> !row.get(c).exact().isEmpty()))
            .boxed()
            .toList();
    StringBuilder out = new StringBuilder("<div class=\"table\"><table data-sortable><thead><tr>");
    for (int c : shown) {
      boolean number = rows.get(0).get(c).kind() == Kind.NUMBER;
      out.append(number ? "<th class=\"number\" scope=\"col\">" : "<th scope=\"col\">")
          .append("<button type=\"button\">")
          .append(Html.escape(columns.get(c).heading()))
          .append("</button></th>");
    }
    out.append("</tr></thead><tbody>\n");
    for (List<Cell> row : rows) {
      out.append("<tr>");
      shown.forEach(c -> out.append(html(row.get(c))));
      out.append("</tr>\n");
    }
    return out.append("</tbody></table></div>\n<p class=\"download\"><a download href=\"")
        .append(Html.escape(file()))
        .append("\">")
        .append(Html.escape(name + ".csv"))
        .append("</a></p>\n")
        .toString();
  }

  private static String html(Cell cell) {
    return cell.kind() == Kind.TEXT
        ? "<td>" + Html.prose(cell.shown()) + "</td>"
        : "<td class=\"number\" data-value=\""
            + Html.escape(cell.exact())
            + "\">"
            + Html.escape(cell.shown())
            + "</td>";
  }
}
