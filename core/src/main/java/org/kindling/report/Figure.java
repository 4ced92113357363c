package org.kindling.report;

import java.util.ArrayList;
import java.util.List;

/**
 * One or more charts side by side under one caption, with the table of what they draw.
 *
 * @param id in the page's address
 * @param charts of one figure; more than one share the width
 * @param sentence what to see, with numbers
 * @param reading how to read the marks
 * @param table the data
 */
record Figure(String id, List<Chart> charts, String sentence, String reading, Table table) {
  Figure {
    charts = List.copyOf(charts);
  }

  private int columns() {
    return charts.size() == 4 ? 2 : Math.min(3, charts.size());
  }

  /** Puts the figure into a page, as its number. */
  String html(int number, Conventions conventions) {
    String label = Html.escape(sentence);
    List<String> places = new ArrayList<>();
    for (int i = 0; i < charts.size(); i++) {
      places.add(
          "<div class=\"chart\" data-chart=\""
              + id
              + "-"
              + i
              + "\" role=\"img\" aria-label=\""
              + label
              + "\"></div>");
    }
    return "<figure id=\"figure-"
        + id
        + "\"><div class=\"legend\" data-legend=\""
        + id
        + "\" aria-hidden=\"true\"></div>\n<div class=\"charts of-"
        + columns()
        + "\">"
        + String.join("\n", places)
        + "</div>\n<figcaption><b>Figure "
        + number
        + ".</b> <span class=\"see\">"
        + Html.prose(sentence)
        + "</span> "
        + Html.prose(reading)
        + " <span class=\"counts\">"
        + Html.prose(conventions.shortNote())
        + "</span> "
        + table.link()
        + "</figcaption>\n"
        + table.folded()
        + "</figure>\n";
  }
}
