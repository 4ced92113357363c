package org.kindling.report;

import java.util.HashMap;
import java.util.Map;
import org.kindling.report.Chart.Mark;

/** Dots coloured by budget, one mark a budget, so that a page of many runs stays small. */
final class BudgetDots {
  private final Chart chart;
  private final ReportInput input;
  private final double size;
  private final Map<Integer, Mark> marks = new HashMap<>();

  BudgetDots(Chart chart, ReportInput input, double size) {
    this.chart = chart;
    this.input = input;
    this.size = size;
  }

  void at(int budget, double x, double y, Tip tip) {
    marks
        .computeIfAbsent(budget, b -> chart.dots("b" + b).named(input.budgetName(b)).size(size))
        .at(x, y, tip);
  }
}
