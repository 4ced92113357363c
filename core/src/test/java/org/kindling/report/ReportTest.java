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
import org.kindling.scaling.ParameterCount;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.SyntheticEvaluations;

class ReportTest {
  private static final String HOSTILE = "</script><img src=x onerror=alert(1)>&\"'";
  private static final String TITLE = "Tiny transformers on source code";
  private static final FitSettings SETTINGS =
      new FitSettings(100, 1, Double.NaN, "transformer", ParameterCount.ALL);
  private static List<EvaluationRow> rows;
  private static ScalingFit fit;
  private static Map<String, String> files;
  private static String page;

  @BeforeAll
  static void write() throws IOException {
    rows =
        SyntheticEvaluations.withSlowerFamily(
            SyntheticEvaluations.demo(
                new double[] {1e12, 3e12, 9e12, 27e12},
                new double[] {0.3, 0.55, 1, 1.8, 3.3},
                0.002));
    fit = ScalingFit.of(rows, SETTINGS);
    files = Report.fitted(TITLE, rows, fit, diagnostics());
    page = files.get(Report.PAGE);
    // For a look in a browser.
    Path target = Path.of("target", "report-example");
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = target.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
  }

  private static Diagnostics diagnostics() {
    StringBuilder gradients = new StringBuilder("run,family,distance,norm\n");
    StringBuilder positions = new StringBuilder("run,family,position,loss\n");
    for (int i = 0; i < 64; i++) {
      gradients.append("l,lstm," + i + "," + Math.exp(-i / 8.0) + "\n");
      gradients.append("t,transformer," + i + "," + 1 / (1.0 + i) + "\n");
      positions.append("l,lstm," + i + "," + (4.5 - 0.01 * i) + "\n");
    }
    return Diagnostics.of(
        Map.of(
            Diagnostics.GRADIENTS,
            gradients.toString(),
            Diagnostics.POSITIONS,
            positions.toString(),
            Diagnostics.COST,
            "run,family,context,trainingSecondsPerToken,generationSecondsPerToken,trainingBytes\n"
                + "t,transformer,64,1e-4,2e-4,1e6\nt,transformer,512,3e-4,4e-4,2e7\n"));
  }

  @Test
  void drawsDiagnosticsAndRefusesOtherTables() throws IOException {
    JsonNode charts = data(page).get("charts");
    assertThat(points(charts.get("gradients-0"), "dots")).isEqualTo(128);
    assertThat(points(charts.get("positions-0"), "line")).isEqualTo(64);
    assertThat(points(charts.get("cost-2"), "dots")).isEqualTo(2);
    assertThat(page)
        .contains("1.00 to 3.80·10⁻⁴ (l) and 1.00 to 0.0156 (t)")
        .contains("From position 0 to position 63 the validation loss goes from 4.50 to 3.87 (l).")
        .contains("From a context of 64 to one of 512 tokens");
    assertThatThrownBy(
            () -> Diagnostics.of(Map.of(Diagnostics.POSITIONS, "run,family,place,loss\n")))
        .hasMessageContaining("positions.csv: expected the columns run,family,position,loss");
    assertThatThrownBy(
            () ->
                Diagnostics.of(
                    Map.of(Diagnostics.POSITIONS, "run,family,position,loss\na,b,1,x\n")))
        .hasMessageContaining("positions.csv, line 2, loss: expected a number");
  }

  @Test
  void comparesFamiliesWithoutALaw() throws IOException {
    String html = Report.unfitted("Two families", rows, "several families").get(Report.PAGE);
    assertThat(data(html).get("charts").fieldNames())
        .toIterable()
        .containsExactly("compute-0", "families-0");
    assertThat(html)
        .contains("The lowest losses in nats per token are ", " of transformer and ", " of lstm.")
        .contains("fit with --family");
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
    assertThat(page.length()).isLessThan(2_000_000);
  }

  @Test
  void everyChartHasItsPlaceItsAxesAndItsPoints() throws IOException {
    JsonNode charts = data(page).get("charts");
    List<String> places = found("data-chart=\"([^\"]+)\"");
    assertThat(charts.fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(places);
    for (JsonNode chart : charts) {
      assertThat(chart.at("/x/name").asText()).isNotEmpty();
      assertThat(chart.at("/y/name").asText()).isNotEmpty();
      assertThat(chart.get("marks")).anyMatch(mark -> mark.get("points").size() > 1);
    }
    assertThat(places)
        .extracting(name -> name.replaceFirst("-\\d+$", ""))
        .contains(
            "compute",
            "isoflop",
            "optimum",
            "ratio",
            "contour",
            "residuals",
            "heldout",
            "rolling",
            "bootstrap",
            "profiles",
            "families",
            "gradients",
            "positions",
            "cost");
  }

  @Test
  void figuresDrawWhatWasMeasuredAndFitted() throws IOException {
    JsonNode charts = data(page).get("charts");
    assertThat(points(charts.get("compute-0"), "dots")).isEqualTo(20 + 12);
    assertThat(points(charts.get("compute-0"), "rings")).isEqualTo(fit.envelope().points().size());
    assertThat(points(charts.get("compute-0"), "band")).isPositive();
    assertThat(points(charts.get("isoflop-0"), "line")).isGreaterThanOrEqualTo(4 * 60);
    assertThat(points(charts.get("isoflop-0"), "rings"))
        .isEqualTo((int) fit.isoflop().budgets().stream().filter(b -> b.visible()).count());
    assertThat(points(charts.get("contour-0"), "dots")).isEqualTo(20);
    for (int i = 0; i < 4; i++) {
      assertThat(points(charts.get("residuals-" + i), "dots")).isEqualTo(20);
    }
    assertThat(points(charts.get("heldout-0"), "rings"))
        .isEqualTo(fit.heldOut().predictions().size());
    assertThat(points(charts.get("heldout-1"), "bars"))
        .isEqualTo(fit.heldOut().predictions().size());
    assertThat(points(charts.get("bootstrap-5"), "dots")).isEqualTo(100);
    assertThat(points(charts.get("profiles-0"), "line"))
        .isEqualTo(fit.profiles().get(0).points().size());
    assertThat(charts.get("compute-0").get("rules").findValuesAsText("text").toString())
        .contains("unigram  5.930 nats", "bigram  4.420 nats");
  }

  @Test
  void everyFigureHasASentenceALabelATableAndItsRules() {
    List<String> figures = found("(?s)<figure id=\"[^\"]+\">(.*?)</figure>");
    assertThat(figures).hasSize(14);
    for (String figure : figures) {
      assertThat(figure)
          .containsPattern("aria-label=\"[^\"]{20,}\"")
          .containsPattern("<span class=\"see\">[A-Z0-9].*\\.</span>")
          .containsPattern("<a class=\"csv\" download href=\"tables/[a-z]+\\.csv\">")
          .contains("<caption>", "C: FLOPs, recorded, ≈ 6·N·D; N: all parameters");
    }
  }

  @Test
  void saysInWordsWhatTheDataShow() {
    assertThat(page)
        .contains("<h1>" + TITLE + "</h1>")
        .contains("The best of 32 finished runs, ")
        .contains("better than the bigram baseline (4.420)")
        .contains("With 27 times the compute, the best validation loss falls from")
        .contains("80 rows: not the run&#39;s last, fully decayed checkpoint.")
        .contains("2 rows: a count model is a baseline")
        .contains("12 rows: of family lstm, the law is of transformer")
        .contains("lstm needs ")
        .contains("Held-out error: ");
    assertThat(found("<nav(?s:.*?)</nav>|href=\"#([a-z]+)\""))
        .filteredOn(id -> id != null)
        .allSatisfy(id -> assertThat(page).contains("<h2 id=\"" + id + "\">"));
  }

  @Test
  void writesACsvForEveryTableItLinks() throws IOException {
    List<String> linked = found("<a class=\"csv\" download href=\"([^\"]+)\"");
    assertThat(linked).doesNotHaveDuplicates();
    List<String> written = new ArrayList<>(files.keySet());
    written.remove(Report.PAGE);
    assertThat(written).containsExactlyInAnyOrderElementsOf(linked);
    JsonNode inside = data(page).get("tables");
    for (String file : linked) {
      assertThat(inside.get(file).asText()).isEqualTo(files.get(file));
      String heading = files.get(file).lines().findFirst().orElseThrow();
      assertThat(files.get(file).lines().count()).as(file).isGreaterThan(1);
      assertThat(heading).matches("[A-Za-z0-9]+(,[A-Za-z0-9]+)*");
    }
  }

  @Test
  void theDocumentNamesEveryColumnOfEveryTable() throws IOException {
    List<String> document = Files.readAllLines(Path.of("..", "docs", "formats.md"));
    for (Map.Entry<String, String> file : files.entrySet()) {
      if (!file.getKey().equals(Report.PAGE)) {
        String line =
            document.stream()
                .filter(l -> l.startsWith("| `" + file.getKey() + "` |"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(file.getKey() + " is not in formats.md"));
        if (!line.endsWith("its columns |")) {
          for (String column : file.getValue().lines().findFirst().orElseThrow().split(",")) {
            assertThat(line).contains("`" + column + "`");
          }
        }
      }
    }
  }

  @Test
  void tablesHoldTheFitsNumbersInFull() {
    assertThat(files.get("tables/runs.csv").lines()).hasSize(1 + 32);
    assertThat(files.get("tables/residuals.csv").lines()).hasSize(1 + 20);
    assertThat(files.get("tables/excluded.csv").lines()).hasSize(1 + 80 + 2 + 12);
    assertThat(files.get("tables/law.csv"))
        .startsWith("name,meaning,estimate,lower,upper,leastAbsolute\nE,")
        .contains("," + fit.parametric().irreducible() + ",")
        .contains("alpha,exponent of N," + fit.parametric().alpha() + ",");
    assertThat(files.get("tables/convergence.csv"))
        .contains("," + fit.parametric().startsAtOptimum() + ",");
    assertThat(files.get("tables/forms.csv")).contains("kaplan,", "generalised,", "hoffmann,");
    assertThat(files.get("tables/families.csv")).contains("lstm,", "transformer,");
    assertThat(files.get("tables/rolling.csv").lines()).hasSize(1 + fit.rolling().cutoffs().size());
    assertThat(files.get("tables/bootstrap.csv").lines()).hasSize(101);
  }

  @Test
  void escapesWhatUsersNamed() throws IOException {
    List<EvaluationRow> hostile = new ArrayList<>(rows);
    EvaluationRow r = rows.get(rows.size() - 20);
    hostile.add(
        new EvaluationRow(
            HOSTILE,
            "transformer",
            1,
            r.parameters() * 1.1,
            1,
            r.tokens(),
            r.flops() * 1.1,
            r.loss(),
            Double.NaN,
            true));
    FitSettings settings = new FitSettings(0, 1, Double.NaN, "transformer", ParameterCount.ALL);
    String html =
        Report.fitted(HOSTILE, hostile, ScalingFit.of(hostile, settings)).get(Report.PAGE);
    assertThat(html).doesNotContain("<img src=x");
    assertThat(html).contains("<title>&lt;/script&gt;&lt;img src=x");
    assertThat(html.split("</script", -1)).hasSize(4);
    assertThat(data(html).at("/tables/tables~1runs.csv").asText()).contains("</script><img src=x");
  }

  @Test
  void showsRunsWithoutALawWhenThereIsNone() throws IOException {
    String reason = "fit: found 2 different pairs of parameters and tokens, expected at least 5";
    List<EvaluationRow> few =
        rows.stream()
            .filter(r -> r.isBaseline() || r.run().contains("n28k") && r.run().contains("c1e"))
            .toList();
    Map<String, String> unfitted = Report.unfitted("Two runs", few, reason);
    assertThat(unfitted.get(Report.PAGE))
        .contains("No law was fitted", reason, "The law L(C) not drawn.", "Needs a fitted law");
    assertThat(unfitted.keySet())
        .containsExactly(Report.PAGE, "tables/compute.csv", "tables/runs.csv");
    assertThat(data(unfitted.get(Report.PAGE)).get("charts").fieldNames())
        .toIterable()
        .containsExactly("compute-0");
    assertThat(Report.unfitted("Nothing", List.of(), reason).get(Report.PAGE))
        .contains("No run has finished", "Needs runs of a trained model");
  }

  @Test
  void refusesAFitOfOtherRuns() {
    List<EvaluationRow> changed = new ArrayList<>(rows);
    changed.remove(changed.stream().filter(r -> r.isFinal() && !r.isBaseline()).findAny().get());
    assertThatThrownBy(() -> Report.fitted("Stale", changed, fit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fit.json: found a fit to 20 runs");
  }

  @Test
  void sameInputGivesTheSameBytes() {
    assertThat(Report.fitted(TITLE, rows, fit, diagnostics())).isEqualTo(files);
  }

  private static int points(JsonNode chart, String kind) {
    int points = 0;
    for (JsonNode mark : chart.get("marks")) {
      if (mark.get("kind").asText().equals(kind)) {
        for (JsonNode point : mark.get("points")) {
          points += point.isNull() ? 0 : 1;
        }
      }
    }
    return points;
  }

  private static List<String> found(String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(withoutScripts(page));
    List<String> all = new ArrayList<>();
    while (matcher.find()) {
      all.add(matcher.group(1));
    }
    return all;
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
