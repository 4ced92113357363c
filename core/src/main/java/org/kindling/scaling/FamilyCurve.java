package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A family of models beside the one fitted: its best losses, and how much compute it takes to reach
 * them in units of what the fitted family takes.
 *
 * @param points the envelope, from cheap to expensive
 * @param multipliers of compute at each point of the envelope: above 1 the family needs more; NaN
 *     where the fitted family never gets as low
 * @param multiplier their geometric mean, NaN if there is none
 */
public record FamilyCurve(
    String family,
    int runs,
    List<ScalingPoint> points,
    List<Double> multipliers,
    double multiplier) {
  /** One for every family of trained models that is there, the fitted one included. */
  static List<FamilyCurve> all(List<EvaluationRow> rows, FitSettings settings, PowerFit reference) {
    TreeMap<String, List<ScalingPoint>> families = new TreeMap<>();
    for (EvaluationRow row : Units.applied(rows, settings)) {
      if (!row.isBaseline() && row.isFinal()) {
        ScalingPoint point =
            new ScalingPoint(row.run(), row.parameters(), row.tokens(), row.flops(), row.loss());
        families.computeIfAbsent(row.family(), f -> new ArrayList<>()).add(point);
      }
    }
    return families.entrySet().stream().map(e -> of(e.getKey(), e.getValue(), reference)).toList();
  }

  /** Of every family its envelope alone, where no law was fitted to compare with. */
  public static List<FamilyCurve> envelopes(List<EvaluationRow> rows) {
    PowerFit none =
        new PowerFit(
            Double.NaN, Double.NaN, Double.NaN, "none", 0, Double.NaN, List.of(), "no fit");
    return all(rows, FitSettings.DEFAULTS, none);
  }

  private static FamilyCurve of(String family, List<ScalingPoint> points, PowerFit reference) {
    List<ScalingPoint> envelope = EnvelopeFit.envelope(points);
    List<Double> multipliers = new ArrayList<>();
    for (ScalingPoint p : envelope) {
      double reducible = p.loss() - reference.irreducible();
      double flops = Math.pow(reference.scale() / reducible, 1 / reference.exponent());
      multipliers.add(reducible > 0 && flops > 0 ? p.flops() / flops : Double.NaN);
    }
    double mean =
        Math.exp(
            multipliers.stream()
                .filter(Double::isFinite)
                .mapToDouble(Math::log)
                .average()
                .orElse(Double.NaN));
    return new FamilyCurve(family, points.size(), envelope, multipliers, mean);
  }
}
