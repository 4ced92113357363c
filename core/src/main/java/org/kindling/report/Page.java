package org.kindling.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The page as its sections write it: text, figures with their data, tables, headings. */
final class Page {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Conventions conventions;
  private final StringBuilder out = new StringBuilder();
  private final Map<String, String> contents = new LinkedHashMap<>();
  private final Map<String, Table> tables = new LinkedHashMap<>();
  private final ObjectNode charts = MAPPER.createObjectNode();
  private int figures;

  Page(Conventions conventions) {
    this.conventions = conventions;
  }

  Conventions conventions() {
    return conventions;
  }

  /** Begins a section. */
  void section(String id, String heading) {
    contents.put(id, heading);
    out.append("<h2 id=\"").append(id).append("\">").append(Html.escape(heading)).append("</h2>\n");
  }

  void paragraph(String text) {
    out.append(Html.paragraph(text));
  }

  /** HTML that is safe already. */
  void html(String html) {
    out.append(html);
  }

  void figure(Figure figure) {
    out.append(figure.html(++figures, conventions));
    keep(figure.table());
    for (int i = 0; i < figure.charts().size(); i++) {
      charts.set(figure.id() + "-" + i, figure.charts().get(i).json());
    }
  }

  /**
   * In place of a figure whose data are missing.
   *
   * @param what would be shown
   * @param wanted what data would bring it, a sentence without its full stop
   */
  void absent(String what, String wanted) {
    out.append("<p class=\"absent\"><b>")
        .append(Html.escape(what))
        .append(" not drawn.</b> ")
        .append(Html.prose(wanted))
        .append(".</p>\n");
  }

  /** A table in full view. */
  void table(Table table) {
    keep(table);
    out.append(table.html()).append("<p class=\"download\">").append(table.link()).append("</p>\n");
  }

  /** A table to open. */
  void foldedTable(Table table) {
    keep(table);
    out.append(table.folded())
        .append("<p class=\"download\">")
        .append(table.link())
        .append("</p>\n");
  }

  private void keep(Table table) {
    Table before = tables.put(table.name(), table);
    if (before != null) {
      throw new IllegalStateException("two tables are called " + table.name());
    }
  }

  void callout(String title, List<String> items) {
    out.append("<aside><h3>").append(Html.escape(title)).append("</h3><ul>\n");
    items.forEach(i -> out.append("<li>").append(Html.prose(i)).append("</li>\n"));
    out.append("</ul></aside>\n");
  }

  List<Table> tables() {
    return new ArrayList<>(tables.values());
  }

  String body() {
    return out.toString();
  }

  /** The table of contents. */
  String contents() {
    StringBuilder list = new StringBuilder("<nav aria-label=\"Contents\"><ol>\n");
    contents.forEach(
        (id, heading) ->
            list.append("<li><a href=\"#")
                .append(id)
                .append("\">")
                .append(Html.escape(heading))
                .append("</a></li>\n"));
    return list.append("</ol></nav>\n").toString();
  }

  /** Data of all charts by name, as JSON. */
  String charts() {
    return charts.toString();
  }
}
