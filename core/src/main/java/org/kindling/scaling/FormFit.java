package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One form of L(N, D), fitted to all points by least absolute deviations of ln L, so that forms of
 * different size can be compared: by AIC and BIC, which charge for parameters, and by the error on
 * runs held out.
 *
 * @param values of the form's parameters, by name
 * @param parameters fitted, the scale of the errors counted
 * @param scale of Laplace's distribution: mean |ln measured − ln predicted|
 * @param logLikelihood of ln L
 * @param aic 2·parameters − 2·logLikelihood
 * @param bic parameters·ln points − 2·logLikelihood
 * @param heldOutError mean |predicted − measured| / measured of the runs above the held-out check's
 *     cutoff, fitted below; NaN without a check
 */
public record FormFit(
    LawForm form,
    String formula,
    Map<String, Double> values,
    int parameters,
    double scale,
    double logLikelihood,
    double aic,
    double bic,
    double heldOutError) {

  /** All forms that the points allow, each with its error above the cutoff (NaN for none). */
  static List<FormFit> all(List<ScalingPoint> points, ParametricLaw law, double cutoffFlops) {
    List<ScalingPoint> below = points.stream().filter(p -> p.flops() <= cutoffFlops).toList();
    List<ScalingPoint> above = points.stream().filter(p -> p.flops() > cutoffFlops).toList();
    List<FormFit> fits = new ArrayList<>();
    for (LawForm form : LawForm.values()) {
      if (points.size() > form.free().length) {
        fits.add(of(form, points, search(form, points, law), error(form, below, above)));
      }
    }
    return fits;
  }

  /** [6], ln E, ln A, α, ln B, β, ln γ. */
  static double[] search(LawForm form, List<ScalingPoint> points, ParametricLaw near) {
    List<double[]> starts = new ArrayList<>();
    if (near != null) {
      starts.add(Arrays.copyOf(ParametricFit.logarithms(near), FormObjective.ALL));
    }
    starts.addAll(
        switch (form) {
          case GENERALISED -> LawStarts.general(points);
          case KAPLAN -> LawStarts.kaplan(points);
          default -> LawStarts.hoffmann(points);
        });
    return LeastAbsolute.search(form, points, starts);
  }

  private static double error(LawForm form, List<ScalingPoint> below, List<ScalingPoint> above) {
    if (above.isEmpty() || below.size() <= form.free().length) {
      return Double.NaN;
    }
    double[] law = search(form, below, null);
    double sum = 0;
    for (ScalingPoint p : above) {
      sum += Math.abs(loss(law, p.parameters(), p.tokens()) / p.loss() - 1);
    }
    return sum / above.size();
  }

  static double loss(double[] law, double parameters, double tokens) {
    double byN = Math.exp(law[1] - law[2] * Math.log(parameters));
    double byD = Math.exp(law[3] - law[4] * Math.log(tokens));
    return Math.exp(law[0]) + Math.pow(byN + byD, Math.exp(law[5]));
  }

  static FormFit of(LawForm form, List<ScalingPoint> points, double[] law, double heldOutError) {
    int n = points.size();
    double sum = 0;
    for (ScalingPoint p : points) {
      sum += Math.abs(Math.log(p.loss() / loss(law, p.parameters(), p.tokens())));
    }
    double scale = sum / n;
    double likelihood = -n * Math.log(2 * scale) - n;
    int parameters = form.free().length + 1;
    return new FormFit(
        form,
        form.formula(),
        values(form, law),
        parameters,
        scale,
        likelihood,
        2 * parameters - 2 * likelihood,
        parameters * Math.log(n) - 2 * likelihood,
        heldOutError);
  }

  private static Map<String, Double> values(LawForm form, double[] law) {
    Map<String, Double> values = new LinkedHashMap<>();
    double gamma = Math.exp(law[5]);
    if (form == LawForm.KAPLAN) {
      values.put("Nc", Math.exp(law[1] / law[2]));
      values.put("Dc", Math.exp(law[3]));
      values.put("alphaN", law[2] * gamma);
      values.put("alphaD", gamma);
      return values;
    }
    values.put("E", Math.exp(law[0]));
    putTerm(values, form, law, 1, "A", "alpha");
    putTerm(values, form, law, 3, "B", "beta");
    if (form.isFree(5)) {
      values.put("gamma", gamma);
    }
    return values;
  }

  private static void putTerm(
      Map<String, Double> values,
      LawForm form,
      double[] law,
      int index,
      String scale,
      String exponent) {
    if (form.isFree(index)) {
      values.put(scale, Math.exp(law[index]));
      values.put(exponent, law[index + 1]);
    }
  }
}
