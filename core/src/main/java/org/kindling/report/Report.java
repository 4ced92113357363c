package org.kindling.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kindling.scaling.CountedRows;
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
      "/META-INF/resources/webjars/echarts/5.5.0/echarts.min.js";

  /** Larger tables would weigh more than the page; they are files beside it only. */
  private static final int LARGEST_CSV_INSIDE = 150_000;

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
    ReportInput input = new ReportInput(CountedRows.of(rows, fit), Optional.of(fit));
    return files(title, input, "", diagnostics);
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
    Page page = new Page(Conventions.of(input));
    Optional<Approaches> approaches = input.fit().map(fit -> Approaches.of(input, fit));
    new ComputeSection(input, approaches).addTo(page);
    input.fit().ifPresent(fit -> law(page, input, fit, approaches.orElseThrow()));
    new FamilySection(input).addTo(page);
    new DiagnosticsSection(diagnostics).addTo(page);
    new RunsSection(input).addTo(page);
    new MethodSection(input).addTo(page);
    Map<String, String> files = new LinkedHashMap<>();
    files.put(PAGE, html(title, page, input, reason));
    page.tables().forEach(table -> files.put(table.file(), table.csv()));
    return files;
  }

  private static String html(String title, Page page, ReportInput input, String reason) {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("title", Html.escape(title));
    parts.put("styles", resource("report.css"));
    parts.put("summary", new SummarySection(input, reason).html(page.conventions()));
    parts.put("contents", page.contents());
    parts.put("body", page.body());
    parts.put("data", Html.scriptJson(data(page, input)));
    parts.put("library", Html.scriptCode(resource(CHARTS_LIBRARY)));
    parts.put("charts", Html.scriptCode(resource("report.js")));
    return Template.fill(resource("report.html"), parts);
  }

  private static void law(Page page, ReportInput input, ScalingFit fit, Approaches approaches) {
    new IsoFlopSection(input, fit).addTo(page);
    new OptimumSection(fit, approaches).addTo(page);
    new LawSection(input, fit).addTo(page);
    new ResidualSection(input, fit).addTo(page);
    new HeldOutSection(input, fit).addTo(page);
    new UncertaintySection(fit).addTo(page);
  }

  private static String data(Page page, ReportInput input) {
    Map<String, String> tables = new LinkedHashMap<>();
    for (Table table : page.tables()) {
      String csv = table.csv();
      if (csv.length() <= LARGEST_CSV_INSIDE) {
        tables.put(table.file(), csv);
      }
    }
    try {
      return "{\"budgets\":"
          + input.budgets().size()
          + ",\"charts\":"
          + page.charts()
          + ",\"tables\":"
          + new ObjectMapper().writeValueAsString(tables)
          + "}";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts cannot be written as JSON: " + e.getMessage(), e);
    }
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
