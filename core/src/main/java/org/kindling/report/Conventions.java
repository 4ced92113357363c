package org.kindling.report;

import static org.kindling.scaling.Numbers.significant;

import org.kindling.scaling.FlopsCount;
import org.kindling.scaling.ParameterCount;
import org.kindling.scaling.ScalingFit;

/**
 * By which rules the report counts, in words for axes and captions.
 *
 * @param compute how C is counted, short
 * @param computeRule how C is counted, in full
 * @param parameters what N counts, short
 */
record Conventions(String compute, String computeRule, String parameters) {
  private static final String ALL = "all";

  static Conventions of(ReportInput input) {
    return input
        .fit()
        .map(Conventions::of)
        .orElse(
            new Conventions(
                "as recorded", "as the evaluations record it, 6·N·D where they do not", ALL));
  }

  private static Conventions of(ScalingFit fit) {
    String counted =
        fit.settings().parameterCount() == ParameterCount.ALL ? ALL : "without embeddings";
    FlopsCount rule = fit.settings().flopsCount();
    if (rule == FlopsCount.RECORDED) {
      String k = significant(fit.flopsPerParameterToken(), 3).replaceFirst("\\.0+$", "");
      return new Conventions(
          "recorded, ≈ " + k + "·N·D",
          "as the evaluations record it (6·N·D where they do not), on average " + k + "·N·D",
          counted);
    }
    String shortly =
        switch (rule) {
          case SIX_ND -> "6·N·D";
          case EXACT -> "exact count";
          default -> "Kaplan's count";
        };
    return new Conventions(shortly, fit.flopsFormula(), counted);
  }

  String computeAxis() {
    return "Training compute C, FLOPs (" + compute + ")";
  }

  String parametersAxis() {
    return "Parameters N (" + parameters + ")";
  }

  /** Under every figure. */
  String shortNote() {
    return "C: FLOPs, "
        + compute
        + "; N: "
        + (parameters.equals(ALL) ? "all parameters" : "parameters without embeddings")
        + "; loss: validation, nats per token.";
  }

  /** Once, in full. */
  String note() {
    return "C: "
        + computeRule
        + ". N: "
        + (parameters.equals(ALL)
            ? "all parameters, embeddings included"
            : "parameters without embeddings")
        + ". Loss: validation, nats per token.";
  }
}
