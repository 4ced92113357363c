package org.kindling.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.ScalingFit;

/**
 * The report of evaluations and of the laws fitted to them.
 *
 * <pre>{@code
 * Map<String, String> files = Report.fitted("Tiny models", rows, fit);
 * files.get("report.html");      // one page, nothing loaded from anywhere
 * files.get("tables/runs.csv");
 * }</pre>
 *
 * <p>The same input gives the same bytes.
 */
public final class Report {
  /** The name of the page among the files. */
  public static final String PAGE = "report.html";

  private static final String CHARTS_LIBRARY =
      "/META-INF/resources/webjars/echarts/5.5.0/echarts.common.min.js";

  private Report() {}

  /**
   * Files by path relative to the report's directory: the page, then a CSV per table.
   *
   * @throws IllegalArgumentException if the fit is of other evaluations
   */
  public static Map<String, String> fitted(
      String title, List<EvaluationRow> rows, ScalingFit fit, Diagnostics diagnostics) {
    if (!fit.isOf(rows)) {
      throw new IllegalArgumentException(
          "fit.json: found a fit to "
              + fit.parametric().points()
              + " runs that are not those of the evaluations; run kindling fit again");
    }
    return files(title, new ReportInput(rows, Optional.of(fit)), "", diagnostics);
  }

  /** As {@link #fitted(String, List, ScalingFit, Diagnostics)} without diagnostics. */
  public static Map<String, String> fitted(String title, List<EvaluationRow> rows, ScalingFit fit) {
    return fitted(title, rows, fit, Diagnostics.none());
  }

  /**
   * The report of runs to which no law could be fitted.
   *
   * @param reason shown in place of the law
   */
  public static Map<String, String> unfitted(
      String title, List<EvaluationRow> rows, String reason, Diagnostics diagnostics) {
    return files(title, new ReportInput(rows, Optional.empty()), reason, diagnostics);
  }

  /** As {@link #unfitted(String, List, String, Diagnostics)} without diagnostics. */
  public static Map<String, String> unfitted(
      String title, List<EvaluationRow> rows, String reason) {
    return unfitted(title, rows, reason, Diagnostics.none());
  }

  private static Map<String, String> files(
      String title, ReportInput input, String reason, Diagnostics diagnostics) {
    List<LineFigure> lines = new ArrayList<>();
    FamilyFigure.of(input).ifPresent(lines::add);
    lines.addAll(diagnostics.figures());
    PageBody body = new PageBody(input, reason, lines);
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("title", Html.escape(title));
    parts.put("styles", resource("report.css"));
    parts.put("body", body.html());
    parts.put("data", Html.scriptJson(ReportData.json(input, lines)));
    parts.put("library", Html.scriptCode(resource(CHARTS_LIBRARY)));
    parts.put("charts", Html.scriptCode(resource("report.js")));
    Map<String, String> files = new LinkedHashMap<>();
    files.put(PAGE, Template.fill(resource("report.html"), parts));
    body.tables().forEach(table -> files.put(table.file(), table.csv()));
    return files;
  }

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path; the jar is incomplete");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read: " + e.getMessage(), e);
    }
  }
}
