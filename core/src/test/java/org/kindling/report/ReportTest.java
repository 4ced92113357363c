package org.kindling.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.FitSettings;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.SyntheticEvaluations;

class ReportTest {
  private static final String HOSTILE = "</script><img src=x onerror=alert(1)>&\"'";
  private static List<EvaluationRow> rows;
  private static Map<String, String> files;
  private static String page;

  @BeforeAll
  static void write() throws IOException {
    rows =
        new ArrayList<>(
            SyntheticEvaluations.demo(
                new double[] {1e12, 3e12, 9e12}, new double[] {0.3, 0.55, 1, 1.8, 3.3}, 0.002));
    ScalingFit fit = ScalingFit.of(rows, FitSettings.DEFAULTS);
    files = Report.fitted("Tiny transformers on source code", rows, fit);
    page = files.get(Report.PAGE);
    // For a look in a browser.
    Path target = Path.of("target", "report-example");
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = target.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
  }

  @Test
  void loadsNothing() {
    Matcher loads =
        Pattern.compile("<(script|img|link|iframe|source|object)\\b[^>]*?(src|href)=\"([^\"]*)\"")
            .matcher(withoutScripts(page));
    while (loads.find()) {
      assertThat(loads.group(3)).isEqualTo("data:,");
    }
    assertThat(withoutScripts(page)).doesNotContain("@import", "url(", "http://", "https://");
    assertThat(page).containsOnlyOnce("<script type=\"application/json\"");
    assertThat(page.split("</script", -1)).as("three scripts and their ends").hasSize(4);
  }

  @Test
  void holdsAllRunsForTheCharts() throws IOException {
    JsonNode data = data(page);
    assertThat(data.at("/budgets")).hasSize(3);
    assertThat(data.at("/runs")).hasSize(15);
    assertThat(data.at("/runs/0/checkpoints")).hasSize(5);
    assertThat(data.at("/baselines/1/name").asText()).isEqualTo("bigram");
    assertThat(data.at("/fit/isoflop")).hasSize(3);
    assertThat(data.at("/fit/isoflop/0/curve")).hasSize(60);
    assertThat(data.at("/fit/heldOut")).hasSize(5);
    assertThat(data.at("/fit/bestParameters").isArray()).isTrue();
  }

  @Test
  void saysInWordsWhatTheDataShow() {
    assertThat(page)
        .contains("<h1>Tiny transformers on source code</h1>")
        .contains("The best of 15 finished runs, c9e+12-n")
        .contains("better than the bigram baseline (4.420)")
        .contains("With 9.0 times the compute, the best held-out loss falls from")
        .contains("Fitted to the 10 runs below")
        .contains("60 rows: not the run&#39;s last, fully decayed checkpoint.")
        .contains("2 rows: a count model is a baseline");
  }

  @Test
  void writesACsvForEveryTableItLinks() {
    Matcher links = Pattern.compile("<a download href=\"([^\"]+)\"").matcher(page);
    List<String> linked = new ArrayList<>();
    while (links.find()) {
      linked.add(links.group(1));
    }
    assertThat(linked)
        .containsExactlyInAnyOrder(
            "tables/isoflop.csv",
            "tables/law.csv",
            "tables/optimal.csv",
            "tables/heldout.csv",
            "tables/runs.csv",
            "tables/excluded.csv");
    assertThat(files.keySet()).containsAll(linked);
    assertThat(files.get("tables/runs.csv").lines()).hasSize(16);
    assertThat(files.get("tables/law.csv")).startsWith("name,meaning,estimate,lower,upper\nE,");
    assertThat(files.get("tables/excluded.csv").lines()).hasSize(1 + 62);
  }

  @Test
  void escapesWhatUsersNamed() throws IOException {
    List<EvaluationRow> hostile = new ArrayList<>(rows);
    EvaluationRow r = rows.get(rows.size() - 1);
    hostile.add(
        new EvaluationRow(
            HOSTILE,
            r.family(),
            1,
            r.parameters() * 1.1,
            1,
            r.tokens(),
            r.flops() * 1.1,
            r.loss(),
            Double.NaN,
            true));
    FitSettings settings =
        new FitSettings(0, 1, Double.NaN, "", org.kindling.scaling.ParameterCount.ALL);
    String html =
        Report.fitted(HOSTILE, hostile, ScalingFit.of(hostile, settings)).get(Report.PAGE);
    assertThat(html).doesNotContain("<img src=x");
    assertThat(html).contains("<title>&lt;/script&gt;&lt;img src=x");
    assertThat(html.split("</script", -1)).hasSize(4);
    assertThat(data(html).at("/runs").findValuesAsText("name")).contains(HOSTILE);
  }

  @Test
  void showsRunsWithoutALawWhenThereIsNone() throws IOException {
    String reason = "fit: found 2 different pairs of parameters and tokens, expected at least 5";
    List<EvaluationRow> few =
        rows.stream().filter(r -> r.isBaseline() || r.run().contains("n28k")).toList();
    Map<String, String> unfitted = Report.unfitted("Two runs", few, reason);
    assertThat(unfitted.get(Report.PAGE)).contains("No law was fitted", reason);
    assertThat(unfitted.keySet()).containsExactly(Report.PAGE, "tables/runs.csv");
    assertThat(data(unfitted.get(Report.PAGE)).has("fit")).isFalse();
  }

  @Test
  void refusesAFitOfOtherRuns() {
    ScalingFit fit = ScalingFit.of(rows, FitSettings.DEFAULTS);
    List<EvaluationRow> changed =
        new ArrayList<>(
            SyntheticEvaluations.demo(
                new double[] {1e12, 3e12, 9e12}, new double[] {0.3, 0.55, 1, 1.8, 3.3}, 0.003));
    assertThatThrownBy(() -> Report.fitted("Stale", changed, fit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fit.json: found a fit to 15 runs");
  }

  @Test
  void sameInputGivesTheSameBytes() {
    ScalingFit fit = ScalingFit.of(rows, FitSettings.DEFAULTS);
    assertThat(Report.fitted("Tiny transformers on source code", rows, fit)).isEqualTo(files);
  }

  private static JsonNode data(String html) throws IOException {
    Matcher json =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(html);
    assertThat(json.find()).isTrue();
    return new ObjectMapper().readTree(json.group(1));
  }

  private static String withoutScripts(String html) {
    return Pattern.compile("(<script\\b[^>]*>).*?(</script>)", Pattern.DOTALL)
        .matcher(html)
        .replaceAll("$1$2");
  }
}
