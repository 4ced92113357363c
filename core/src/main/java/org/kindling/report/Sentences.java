package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.EnvelopeFit;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.Interval;
import org.kindling.scaling.IsoFlopFit;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ScalingFit;

/** What the figures show, said in words; computed, so that it cannot contradict them. */
final class Sentences {
  private final ReportInput input;

  Sentences(ReportInput input) {
    this.input = input;
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /** One paragraph: the best model, against the baseline, and the law. */
  String summary() {
    StringBuilder out = new StringBuilder();
    Optional<ReportInput.Run> best = input.best();
    if (best.isEmpty()) {
      return "No run has finished, so that there is no loss to compare and no law to fit.";
    }
    EvaluationRow last = best.get().last();
    out.append(
        format(
            "The best of %s, %s with %s parameters trained on %s tokens, reaches a held-out loss of"
                + " %.3f nats per token%s%s.",
            count(input.finished().size(), "finished run"),
            last.run(),
            compact(last.parameters()),
            compact(last.tokens()),
            last.loss(),
            Double.isNaN(last.bitsPerByte())
                ? ""
                : format(" (%.3f bits per byte)", last.bitsPerByte()),
            againstBaseline(last)));
    input.fit().ifPresent(fit -> out.append(' ').append(lawInWords(fit)));
    return out.toString();
  }

  private String againstBaseline(EvaluationRow best) {
    return input
        .baseline(EvaluationRow.BIGRAM)
        .map(
            bigram -> {
              double gain = bigram.loss() - best.loss();
              return format(
                  ", %.3f nats %s than the bigram baseline (%.3f)",
                  Math.abs(gain), gain >= 0 ? "better" : "worse", bigram.loss());
            })
        .orElse("");
  }

  private static String lawInWords(ScalingFit fit) {
    ParametricFit p = fit.parametric();
    if (!p.law().hasOptimum()) {
      return format(
          "The fitted law has exponents α = %.3f and β = %.3f, of which one is not positive: it"
              + " describes these runs and must not be used to plan others.",
          p.alpha(), p.beta());
    }
    return format(
        "A law fitted to %d runs puts the irreducible loss at %s nats and has the best size grow as"
            + " C^%.2f and the tokens as C^%.2f.",
        p.points(), significant(p.irreducible(), 3), p.parametersExponent(), p.tokensExponent());
  }

  /** Under the figure of loss against compute. */
  String compute() {
    List<ReportInput.Run> finished = input.finished();
    int budgets = input.budgets().size();
    if (finished.isEmpty()) {
      return "No run has finished.";
    }
    if (budgets < 2) {
      return "All finished runs have about the same compute.";
    }
    double first = bestLoss(0);
    double last = bestLoss(budgets - 1);
    double factor = input.budgets().get(budgets - 1).flops() / input.budgets().get(0).flops();
    return format(
        "With %s times the compute, the best held-out loss %s from %.3f to %.3f nats.",
        significant(factor, 2), last < first ? "falls" : "does not fall: it goes", first, last);
  }

  private double bestLoss(int budget) {
    return input.finished().stream()
        .filter(r -> r.budget() == budget)
        .mapToDouble(r -> r.last().loss())
        .min()
        .orElseThrow();
  }

  /** Under the isoFLOP curves. */
  static String isoflop(IsoFlopFit fit) {
    List<BudgetCurve> visible = fit.budgets().stream().filter(BudgetCurve::visible).toList();
    if (visible.isEmpty()) {
      return "No budget shows a minimum.";
    }
    BudgetCurve first = visible.get(0);
    BudgetCurve last = visible.get(visible.size() - 1);
    if (visible.size() == 1) {
      return format(
          "One budget shows a minimum: %s parameters at %s FLOPs.",
          compact(first.parameters()), power(first.flops()));
    }
    return format(
        "The best size moves from %s parameters at %s FLOPs to %s at %s: N_opt ∝ C^%.2f%s.",
        compact(first.parameters()),
        power(first.flops()),
        compact(last.parameters()),
        power(last.flops()),
        fit.parametersExponent(),
        interval(fit.ci95().get("a")));
  }

  private static String interval(Interval interval) {
    return interval == null
        ? ""
        : format(" (95%%: %.2f to %.2f)", interval.lower(), interval.upper());
  }

  /** One sentence per budget without a minimum. */
  static List<String> withoutMinimum(IsoFlopFit fit) {
    return fit.budgets().stream()
        .filter(c -> !c.visible())
        .map(c -> "No visible minimum at " + power(c.flops()) + " FLOPs: " + c.reason() + ".")
        .toList();
  }

  /** Under predicted against measured. */
  String residuals(ScalingFit fit) {
    Optional<ReportInput.Run> worst =
        input.finished().stream()
            .filter(r -> !Double.isNaN(input.residual(r.last())))
            .max(Comparator.comparingDouble(r -> Math.abs(input.residual(r.last()))));
    return format(
        "The law meets the %d runs it was fitted to within %s %% rms%s.",
        fit.parametric().points(),
        significant(100 * fit.parametric().residual(), 2),
        worst
            .map(
                r ->
                    format(
                        "; furthest off is %s, %s",
                        r.name(), Tables.percent(input.residual(r.last()))))
            .orElse(""));
  }

  /** Under the optimal sizes. */
  static String allocation(ScalingFit fit) {
    ParametricFit p = fit.parametric();
    return format(
        "For ten times the compute, train a model %.1f times larger%s on %.1f times the tokens.",
        Math.pow(10, p.parametersExponent()),
        p.ci95().containsKey("a")
            ? format(
                " (95%%: %.1f to %.1f)",
                Math.pow(10, p.ci95().get("a").lower()), Math.pow(10, p.ci95().get("a").upper()))
            : "",
        Math.pow(10, p.tokensExponent()));
  }

  static String heldOut(HeldOut check) {
    if (check.reason() != null) {
      return "No run was held out: " + check.reason() + ".";
    }
    String covered =
        check.covered() < 0
            ? ""
            : format(
                " %d of %d measured losses lie within the 95%% intervals predicted for them.",
                check.covered(), check.predictions().size());
    return format(
        "Fitted to the %s below %s FLOPs alone, the law predicts the %s above with a mean error of"
            + " %.2f %%, on average %s by %.2f %%.%s",
        count(check.fitted(), "run"),
        power(check.cutoffFlops()),
        check.predictions().size() == 1 ? "one" : check.predictions().size() + "",
        100 * check.meanRelativeError(),
        check.meanSignedRelativeError() > 0 ? "too high" : "too low",
        100 * Math.abs(check.meanSignedRelativeError()),
        covered);
  }

  static String envelope(EnvelopeFit fit) {
    return fit.reason() == null
        ? format(
            "Through %d of them, L(C) = %s·C^−%s + %s.",
            fit.points().size(),
            significant(fit.scale(), 3),
            significant(fit.exponent(), 3),
            significant(fit.irreducible(), 3))
        : "No law in C alone: " + fit.reason() + ".";
  }

  static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }
}
