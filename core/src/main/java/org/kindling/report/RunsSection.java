package org.kindling.report;

import java.util.LinkedHashMap;
import java.util.Map;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.Exclusion;
import org.kindling.scaling.ScalingFit;

/** Every finished run, and every row that was left out with its reason. */
final class RunsSection {
  private static final int MOST_ROWS_IN_VIEW = 40;

  private final ReportInput input;

  RunsSection(ReportInput input) {
    this.input = input;
  }

  void addTo(Page page) {
    page.section("runs", "All finished runs");
    Table table = runs();
    page.paragraph(
        Words.count(table.rows().size(), "run")
            + (input.fit().isPresent()
                ? ". The residual is measured over predicted loss, less one. "
                : ". ")
            + page.conventions().note());
    show(page, table);
    input.fit().ifPresent(fit -> excluded(page, fit));
  }

  private static void show(Page page, Table table) {
    if (table.rows().isEmpty()) {
      return;
    }
    if (table.rows().size() <= MOST_ROWS_IN_VIEW) {
      page.table(table);
    } else {
      page.foldedTable(table);
    }
  }

  private Table runs() {
    Table table =
        new Table(
            "runs",
            "Finished runs",
            Cells.RUN,
            Cells.FAMILY,
            Cells.PARAMETERS,
            Cells.TOKENS,
            Cells.FLOPS,
            Cells.RATIO,
            Cells.LOSS,
            Cells.column("± standard error", "standardError"),
            Cells.column("Bits / byte", "bitsPerByte"),
            Cells.column("Residual", "residual"));
    for (ReportInput.Run run : input.finished()) {
      EvaluationRow r = run.last();
      table.row(
          Cells.text(r.run()),
          Cells.text(r.family()),
          Cells.large(r.parameters()),
          Cells.large(r.tokens()),
          Cells.flops(r.flops()),
          Cells.digits(r.tokens() / r.parameters(), 3),
          Cells.loss(r.loss()),
          Cells.loss(r.standardError()),
          Cells.loss(r.bitsPerByte()),
          Cells.percent(input.residual(r)));
    }
    return table;
  }

  private void excluded(Page page, ScalingFit fit) {
    page.section("excluded", "Left out of the fit");
    if (fit.excluded().isEmpty()) {
      page.paragraph("Nothing was left out: every row was fitted.");
      return;
    }
    Map<String, Integer> reasons = new LinkedHashMap<>();
    for (Exclusion e : fit.excluded()) {
      reasons.merge(e.reason(), 1, Integer::sum);
    }
    StringBuilder list = new StringBuilder("<ul>\n");
    reasons.forEach(
        (reason, n) ->
            list.append("<li>")
                .append(Html.escape(Words.count(n, "row") + ": " + reason + "."))
                .append("</li>\n"));
    page.html(list.append("</ul>\n").toString());
    page.foldedTable(table(fit));
  }

  private static Table table(ScalingFit fit) {
    Table table =
        new Table(
            "excluded",
            "Rows left out",
            Cells.RUN,
            Cells.FAMILY,
            Cells.column("Step", "step"),
            Cells.LOSS,
            Cells.column("Reason", "reason"));
    for (Exclusion e : fit.excluded()) {
      table.row(
          Cells.text(e.run()),
          Cells.text(e.family()),
          Cells.whole(e.step() < 0 ? Double.NaN : e.step()),
          Cells.loss(e.loss()),
          Cells.text(e.reason()));
    }
    return table;
  }
}
