package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import org.junit.jupiter.api.Test;

/** Units, rules of FLOPs, and points that are odd. */
class InputTest {
  private static final ParametricLaw LAW = SyntheticEvaluations.CHINCHILLA;

  private static List<EvaluationRow> rows(double parameterUnit, double tokenUnit) {
    return SyntheticEvaluations.scattered(LAW, 12, 0, 1).stream()
        .map(
            r ->
                SyntheticEvaluations.row(
                    r.run(), r.parameters() / parameterUnit, r.tokens() / tokenUnit, r.loss()))
        .toList();
  }

  private static FitSettings units(Unit parameters, Unit tokens) {
    return new FitSettings(
        0, 1, Double.NaN, "", ParameterCount.ALL, FlopsCount.RECORDED, parameters, tokens);
  }

  @Test
  void guessesTheUnitAndAsks() {
    assertThatThrownBy(() -> PointSelection.of(rows(1, 1e9), FitSettings.DEFAULTS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column tokens")
        .hasMessageContaining("looks like billions")
        .hasMessageContaining("--token-unit billion");
    assertThatThrownBy(() -> PointSelection.of(rows(1e6, 1), FitSettings.DEFAULTS))
        .hasMessageContaining("column parameters")
        .hasMessageContaining("--parameter-unit million");
    assertThatThrownBy(() -> PointSelection.of(rows(1e9, 1e9), FitSettings.DEFAULTS))
        .hasMessageContaining("--parameter-unit billion");
  }

  @Test
  void scalesWhatTheUserSays() {
    List<ScalingPoint> plain = PointSelection.of(rows(1, 1), FitSettings.DEFAULTS).points();
    List<ScalingPoint> scaled =
        PointSelection.of(rows(1e6, 1e9), units(Unit.MILLION, Unit.BILLION)).points();
    for (int i = 0; i < plain.size(); i++) {
      assertThat(scaled.get(i).tokens()).isCloseTo(plain.get(i).tokens(), within(1e3));
      assertThat(scaled.get(i).flops() / plain.get(i).flops()).isCloseTo(1, within(1e-9));
    }
    assertThat(PointSelection.of(rows(1, 1e9), units(Unit.ONE, Unit.ONE)).points()).hasSize(12);
  }

  @Test
  void namesTheRowThatIsInAnotherUnit() {
    List<EvaluationRow> rows = new java.util.ArrayList<>(rows(1, 1));
    EvaluationRow r = rows.get(3);
    rows.set(3, SyntheticEvaluations.row("odd", r.parameters(), r.tokens() / 1e9, r.loss()));
    assertThatThrownBy(() -> PointSelection.of(rows, FitSettings.DEFAULTS))
        .hasMessageStartingWith("run odd, column tokens")
        .hasMessageContaining("billions");
  }

  @Test
  void flopsFarFrom6NdAreAskedAbout() {
    List<EvaluationRow> rows =
        rows(1, 1).stream()
            .map(
                r ->
                    new EvaluationRow(
                        r.run(),
                        "t",
                        1,
                        r.parameters(),
                        Double.NaN,
                        r.tokens(),
                        r.flops() / 1e9,
                        r.loss(),
                        Double.NaN,
                        true))
            .toList();
    assertThatThrownBy(() -> PointSelection.of(rows, FitSettings.DEFAULTS))
        .hasMessageStartingWith("column flops");
  }

  @Test
  void warnsOfLossesThatRiseAndOfOneBudget() {
    List<EvaluationRow> rising = new java.util.ArrayList<>();
    for (int b = 0; b < 3; b++) {
      for (int s = 0; s < 4; s++) {
        double n = 1e8 * Math.pow(2, s);
        double c = 1e19 * Math.pow(10, b);
        rising.add(SyntheticEvaluations.row("b" + b + s, n, c / 6 / n, 2 + 0.3 * b + 0.01 * s));
      }
    }
    List<ScalingPoint> points = PointSelection.of(rising, FitSettings.DEFAULTS).points();
    assertThat(DataWarnings.of(points))
        .anyMatch(w -> w.startsWith("The loss rises with compute from every budget"))
        .anyMatch(w -> w.contains("look at that run"));
    assertThat(DataWarnings.of(points.subList(0, 4)))
        .anyMatch(w -> w.startsWith("All runs have one budget"));
  }

  @Test
  void countsFlopsAsHoffmannsTableDoes() {
    // Table A4, context 2048: its ratios to 6·N·D are those of the blocks alone.
    assertThat(ratioOfBlocks(74e6, 10, 10, 640)).isCloseTo(1.03, within(0.015));
    assertThat(ratioOfBlocks(1.143e9, 26, 14, 1792)).isCloseTo(1.04, within(0.015));
    assertThat(ratioOfBlocks(6.796e9, 40, 28, 3584)).isCloseTo(0.99, within(0.015));
  }

  private static double ratioOfBlocks(double parameters, int layers, int heads, int width) {
    int vocabulary = 32000;
    TransformerShape shape = new TransformerShape(layers, heads, width, 2048, vocabulary);
    double ends = 3 * (2.0 + 2.0) * vocabulary * width;
    return (Flops.exact(shape, 1) - ends) / Flops.ofTraining(parameters, 1);
  }

  @Test
  void eachRuleCountsItsOwn() {
    TransformerShape shape = new TransformerShape(2, 2, 4, 8, 16);
    EvaluationRow row =
        new EvaluationRow("r", "t", 1, 1000, 200, 10, 7, 3, Double.NaN, true).with(shape);
    assertThat(FlopsCount.RECORDED.of(row, 1000)).isEqualTo(7);
    assertThat(FlopsCount.SIX_ND.of(row, 800)).isEqualTo(6 * 800 * 10);
    assertThat(FlopsCount.KAPLAN.of(row, 1000)).isEqualTo(3 * (2 * 800 + 2 * 2 * 8 * 4) * 10);
    double block = 96 + 64 + 3 * 2 * 8 + 64 + 32 + 256;
    assertThat(FlopsCount.EXACT.of(row, 1000)).isEqualTo(3 * (128 + 2 * block + 128) * 10);
    assertThatThrownBy(() -> FlopsCount.EXACT.of(SyntheticEvaluations.row("x", 1, 1, 1), 1))
        .hasMessageContaining("run x: --flops-by exact needs the columns layers");
  }

  @Test
  void readsTheShape() throws IOException {
    String csv =
        "parameters,tokens,loss,layers,heads,width,context,vocabulary\n1e6,1e7,3,2,2,4,8,16\n";
    EvaluationRow row = EvaluationsCsv.read(new StringReader(csv), "p.csv").get(0);
    assertThat(row.shape()).isEqualTo(new TransformerShape(2, 2, 4, 8, 16));
    assertThatThrownBy(
            () -> EvaluationsCsv.read(new StringReader(csv.replace("2,2,4", "2,0,4")), "p.csv"))
        .hasMessage("p.csv, row 2, column heads: found '0', expected a whole number of at least 1");
  }

  @Test
  void vectorFunctionsEqualThoseOfTheJdk() {
    double[] x = new double[VectorMath.SPECIES.length()];
    double[] y = new double[x.length];
    java.util.Random random = new java.util.Random(1);
    for (int k = 0; k < 2000; k++) {
      for (int i = 0; i < x.length; i++) {
        x[i] = (k % 2 == 0 ? 700 : 2) * (2 * random.nextDouble() - 1);
      }
      VectorMath.exp(DoubleVector.fromArray(VectorMath.SPECIES, x, 0)).intoArray(y, 0);
      for (int i = 0; i < x.length; i++) {
        assertThat(y[i] / Math.exp(x[i])).isCloseTo(1, within(4e-16));
        x[i] = y[i];
      }
      VectorMath.log(DoubleVector.fromArray(VectorMath.SPECIES, x, 0)).intoArray(y, 0);
      for (int i = 0; i < x.length; i++) {
        assertThat(y[i]).isCloseTo(Math.log(x[i]), within(4e-16 * Math.abs(Math.log(x[i]))));
      }
    }
  }
}
