package org.kindling.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.FitSettings;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.Interval;
import org.kindling.scaling.ParameterCount;
import org.kindling.scaling.ParametricLaw;
import org.kindling.scaling.QuantilePlot;
import org.kindling.scaling.Residual;
import org.kindling.scaling.RollingCheck;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.SyntheticEvaluations;

/** Sentences are whole in every case: one and many, with and without intervals, data missing. */
class SentencesTest {
  private static final double[] BUDGETS = {1e12, 3e12, 9e12};
  private static final double[] SIZES = {0.3, 1, 3.3};

  private static String page(List<EvaluationRow> rows, FitSettings settings) {
    String html = Report.fitted("T", rows, ScalingFit.of(rows, settings)).get(Report.PAGE);
    return html.substring(html.indexOf("<main>"), html.indexOf("</main>"));
  }

  private static FitSettings without(int bootstrap) {
    return new FitSettings(bootstrap, 1, Double.NaN, "transformer", ParameterCount.ALL);
  }

  private static void isWhole(String html) {
    Matcher spoken =
        Pattern.compile(
                "(?s)<span class=\"see\">(.*?)</span>|<p class=\"(?:absent|lede)\">(.*?)</p>")
            .matcher(html);
    int found = 0;
    while (spoken.find()) {
      String text = spoken.group(1) == null ? spoken.group(2) : spoken.group(1);
      String said = text.replaceAll("<(i|sub|sup|b|/i|/sub|/sup|/b)>", "");
      assertThat(said).endsWith(".").doesNotEndWith("..").matches("(?s)[A-Zi0-9].*");
      assertThat(said)
          .doesNotContain("  ", " .", " ,", "NaN", "null", "Infinity", "–", "()")
          .doesNotContainPattern("\\b1 (runs|cutoffs|budgets|predictions|residuals|starts)\\b");
      found++;
    }
    assertThat(found).isGreaterThan(3);
  }

  @Test
  void wholeWithEverythingThere() {
    isWhole(
        page(
            SyntheticEvaluations.withSlowerFamily(
                SyntheticEvaluations.demo(BUDGETS, new double[] {0.3, 0.55, 1, 1.8, 3.3}, 0.003)),
            without(60)));
  }

  @Test
  void saysWhatDataWouldBringTheFiguresThatAreMissing() {
    String html = page(SyntheticEvaluations.demo(BUDGETS, SIZES, 0.003), without(0));
    isWhole(html);
    assertThat(html)
        .contains("Need resamples: fit with --bootstrap 1000")
        .contains("Needs finished runs of a second family")
        .contains("Needs gradients.csv, which kindling diagnose writes, beside the evaluations.")
        .contains("None were computed.")
        .doesNotContain("data-chart=\"bootstrap-0\"", "data-chart=\"families-0\"");
  }

  @Test
  void wholeWithTwoBudgetsAndNothingHeldOut() {
    String html = page(SyntheticEvaluations.demo(new double[] {1e12, 9e12}, SIZES, 0), without(0));
    isWhole(html);
    assertThat(html)
        .contains("No run was held out: found 2 budgets")
        .contains("Held-out error: not known, found 2 budgets")
        .contains("Need at least eight runs");
  }

  @Test
  void wholeWithoutAnOptimum() {
    ParametricLaw rising = new ParametricLaw(1.5, 0.2, 60, -0.15, 0.3);
    List<EvaluationRow> rows = new ArrayList<>();
    for (EvaluationRow r : SyntheticEvaluations.demo(BUDGETS, SIZES, 0)) {
      double loss = r.isBaseline() ? r.loss() : rising.loss(r.parameters(), r.tokens());
      rows.add(
          new EvaluationRow(
              r.run(),
              r.family(),
              r.step(),
              r.parameters(),
              r.embeddingParameters(),
              r.tokens(),
              r.flops(),
              loss,
              r.bitsPerByte(),
              r.isFinal()));
    }
    ScalingFit fit = ScalingFit.of(rows, without(0));
    assertThat(fit.parametric().law().hasOptimum()).isFalse();
    String html = page(rows, without(0));
    isWhole(html);
    assertThat(html)
        .contains("must not be used to plan others")
        .contains("The efficient frontier not drawn.");
  }

  @Test
  void countsOneAndMany() {
    List<HeldOut.Prediction> one =
        List.of(new HeldOut.Prediction("r", 1e6, 2e7, 1e14, 3.0, 2.97, new Interval(2.9, 3.1)));
    ParametricLaw law = new ParametricLaw(1, 1, 1, 1, 1);
    assertThat(
            HeldOutSection.sentence(
                new HeldOut(3e13, "user", 12, law, one, 0.01, -0.01, 1, null, null)))
        .isEqualTo(
            "Fitted to the 12 runs below 3·10¹³ FLOPs alone, the law predicts the one run above"
                + " with a mean error of 1.0%, too low; the measured loss lies within its 95%"
                + " interval.");
    assertThat(HeldOutSection.sentence(new RollingCheck(List.of(), 1, 1, 0.02)))
        .isEqualTo(
            "Over 0 cutoffs, 1 of 1 prediction (100%) lies within the 95% interval, with a mean"
                + " error of 2.0%.");
  }

  @Test
  void boundsOnOneSideOrNone() {
    assertThat(UncertaintySection.bounded(new Interval(0.3, 0.4)))
        .isEqualTo("lies between 0.300 and 0.400");
    assertThat(UncertaintySection.bounded(new Interval(0.3, Double.NaN)))
        .isEqualTo("lies above 0.300 with no bound from above");
    assertThat(UncertaintySection.bounded(new Interval(Double.NaN, 0.4)))
        .isEqualTo("lies below 0.400 with no bound from below");
    assertThat(UncertaintySection.bounded(null)).isEqualTo("is not bounded on either side");
  }

  @Test
  void quantilesOfANormalSampleLieOnTheLine() {
    List<Residual> residuals = new ArrayList<>();
    for (double z : new double[] {-1.38, -0.67, -0.21, 0.21, 0.67, 1.38}) {
      residuals.add(new Residual("r" + z, 1, 1, 1, 1, 1, 0.001 * z));
    }
    QuantilePlot plot = QuantilePlot.of(residuals);
    assertThat(plot.slope()).isBetween(0.0006, 0.0012);
    for (QuantilePlot.Point p : plot.points()) {
      assertThat(p.of().residual()).isCloseTo(0.001 * p.expected(), within(1e-5));
    }
    assertThat(ResidualSection.sentence(plot))
        .isEqualTo(
            "None of 6 residuals lies further than two standard deviations from the middle; a"
                + " normal distribution would put 0.27 there.");
  }

  private static org.assertj.core.data.Offset<Double> within(double distance) {
    return org.assertj.core.data.Offset.offset(distance);
  }

  @Test
  void listsAndNumbersReadWell() {
    assertThat(Words.list(List.of("a"))).isEqualTo("a");
    assertThat(Words.list(List.of("a", "b"))).isEqualTo("a and b");
    assertThat(Words.list(List.of("a", "b", "c"))).isEqualTo("a, b and c");
    assertThat(Words.count(1, "run")).isEqualTo("1 run");
    assertThat(Words.count(0, "run")).isEqualTo("0 runs");
    assertThat(Words.times(1500)).isEqualTo("1,500 times");
    assertThat(Words.times(2)).isEqualTo("2.0 times");
    assertThat(Words.signedPercent(-0.0031)).isEqualTo("−0.31%");
    assertThat(Words.interval(null, 2)).isEmpty();
  }
}
