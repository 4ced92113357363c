package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** Every form is fitted to points that it generated. */
class LawFormsTest {
  private static final Percentage CLOSE = Percentage.withPercentage(0.01);

  @Test
  void leastAbsoluteDeviationsRecoverTheLaw() {
    List<ScalingPoint> points = points(SyntheticEvaluations.CHINCHILLA::loss, 60, 0);
    LeastAbsoluteFit fit = LeastAbsoluteFit.of(FormFit.all(points, null, Double.POSITIVE_INFINITY));
    assertThat(fit.irreducible()).isCloseTo(1.69, CLOSE);
    assertThat(fit.parametersScale()).isCloseTo(406.4, CLOSE);
    assertThat(fit.tokensScale()).isCloseTo(410.7, CLOSE);
    assertThat(fit.parametersExponent()).isCloseTo(0.28 / 0.62, within(1e-5));
  }

  @Test
  void theLeastSumHasAsManyPointsOnTheLawAsParameters() {
    List<ScalingPoint> points = points(SyntheticEvaluations.CHINCHILLA::loss, 80, 0.01);
    ParametricLaw huber = ParametricFit.quickly(points);
    FormObjective objective = new FormObjective(LawForm.HOFFMANN, points, 1e-3);
    double[] law = FormFit.search(LawForm.HOFFMANN, points, huber);
    double[] residuals = objective.residuals(objective.centred(law));
    assertThat(java.util.Arrays.stream(residuals).filter(r -> Math.abs(r) < 1e-12).count())
        .isEqualTo(5);
    double[] ofHuber =
        objective.residuals(
            objective.centred(java.util.Arrays.copyOf(ParametricFit.logarithms(huber), 6)));
    assertThat(LeastAbsolute.sum(residuals)).isLessThan(LeastAbsolute.sum(ofHuber));
  }

  @Test
  void recoversKaplansLawAndPrefersItToHoffmanns() {
    DoubleBinaryOperator kaplan =
        (n, d) -> Math.pow(Math.pow(8.8e13 / n, 0.076 / 0.095) + 5.4e13 / d, 0.095);
    List<FormFit> forms = FormFit.all(points(kaplan, 60, 0.003), null, Double.POSITIVE_INFINITY);
    assertThat(forms.get(1).bic()).isLessThan(forms.get(0).bic() - 100);
    assertThat(forms.get(1).bic()).isLessThan(forms.get(2).bic() + 3);
    KaplanFit exact =
        KaplanFit.of(
            points(kaplan, 60, 0),
            FormFit.all(points(kaplan, 60, 0), null, Double.POSITIVE_INFINITY));
    assertThat(exact.ofBoth().alphaN()).isCloseTo(0.076, CLOSE);
    assertThat(exact.ofBoth().alphaD()).isCloseTo(0.095, CLOSE);
    assertThat(exact.ofBoth().parametersScale()).isCloseTo(8.8e13, Percentage.withPercentage(0.5));
    assertThat(exact.ofBoth().tokensScale()).isCloseTo(5.4e13, Percentage.withPercentage(0.5));
  }

  @Test
  void recoversKaplansLawsOfOneVariable() {
    List<ScalingPoint> byN = points((n, d) -> Math.pow(8.8e13 / n, 0.076), 20, 0);
    KaplanFit fit = KaplanFit.of(byN, List.of());
    assertThat(fit.ofParameters().scale()).isCloseTo(8.8e13, CLOSE);
    assertThat(fit.ofParameters().exponent()).isCloseTo(0.076, within(1e-9));
    List<ScalingPoint> byD = points((n, d) -> Math.pow(5.4e13 / d, 0.095), 20, 0);
    assertThat(KaplanFit.of(byD, List.of()).ofTokens().scale()).isCloseTo(5.4e13, CLOSE);
  }

  @Test
  void recoversAnOuterExponentAndPrefersIt() {
    GeneralLaw law = new GeneralLaw(1.5, 3000, 6000, 0.42, 0.4, 0.7);
    List<FormFit> forms =
        FormFit.all(points(law::loss, 120, 0.0005), null, Double.POSITIVE_INFINITY);
    assertThat(best(forms)).isEqualTo(LawForm.GENERALISED);
    FormFit exact = FormFit.all(points(law::loss, 80, 0), null, Double.POSITIVE_INFINITY).get(2);
    assertThat(exact.form()).isEqualTo(LawForm.GENERALISED);
    assertThat(exact.values().get("gamma")).isCloseTo(0.7, within(0.01));
    assertThat(exact.values().get("E")).isCloseTo(1.5, within(0.01));
  }

  @Test
  void chargesForParametersThatExplainNothing() {
    List<FormFit> forms =
        FormFit.all(
            points(SyntheticEvaluations.CHINCHILLA::loss, 60, 0.005),
            SyntheticEvaluations.CHINCHILLA,
            3e21);
    assertThat(best(forms)).isEqualTo(LawForm.HOFFMANN);
    assertThat(forms).allMatch(f -> f.heldOutError() > 0);
    FormFit onlyN = forms.get(3);
    assertThat(onlyN.heldOutError()).isGreaterThan(forms.get(0).heldOutError());
    assertThat(onlyN.parameters()).isEqualTo(4);
    assertThat(onlyN.aic()).isCloseTo(8 - 2 * onlyN.logLikelihood(), within(1e-9));
  }

  @Test
  void gradientsAreDerivatives() {
    List<ScalingPoint> points = points(SyntheticEvaluations.CHINCHILLA::loss, 12, 0.02);
    for (LawForm form : LawForm.values()) {
      FormObjective objective = new FormObjective(form, points, 1e-3);
      double[] at =
          objective.centred(form.completed(new double[] {0.4, 6.2, 0.35, 6.1, 0.3, -0.2}));
      double[] gradient = new double[at.length];
      double[] scratch = new double[at.length];
      objective.valueAndGradient(at, gradient);
      for (int k = 0; k < at.length; k++) {
        double[] moved = at.clone();
        moved[k] += 1e-6;
        double above = objective.valueAndGradient(moved, scratch);
        moved[k] -= 2e-6;
        double slope = (above - objective.valueAndGradient(moved, scratch)) / 2e-6;
        assertThat(gradient[k]).isCloseTo(slope, within(1e-4 * (1 + Math.abs(slope))));
      }
    }
  }

  private static LawForm best(List<FormFit> forms) {
    return forms.stream().min(Comparator.comparingDouble(FormFit::bic)).orElseThrow().form();
  }

  static List<ScalingPoint> points(DoubleBinaryOperator law, int count, double noise) {
    Random random = new Random(4);
    List<ScalingPoint> points = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double n = 4e7 * Math.pow(400, random.nextDouble());
      double d = 3e9 * Math.pow(300, random.nextDouble());
      double loss = law.applyAsDouble(n, d) * Math.exp(noise * random.nextGaussian());
      points.add(new ScalingPoint("r" + i, n, d, 6 * n * d, loss));
    }
    return points;
  }
}
