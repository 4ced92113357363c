package org.kindling.scaling;

import java.util.Locale;

/** A {@link ScalingFit} as a few lines for a terminal. */
public final class FitSummary {
  private final StringBuilder out = new StringBuilder();
  private final ScalingFit fit;

  private FitSummary(ScalingFit fit) {
    this.fit = fit;
  }

  /** Lines that each end with a newline. */
  public static String of(ScalingFit fit) {
    FitSummary summary = new FitSummary(fit);
    summary.law();
    summary.exponents();
    summary.forms();
    summary.optimal();
    summary.heldOut();
    summary.rolling();
    fit.warnings().forEach(w -> summary.line("warning: %s", w));
    return summary.out.toString();
  }

  private void line(String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private void law() {
    ParametricFit p = fit.parametric();
    line(
        "%d runs%s fitted, %d rows left out; N counts %s; C by %s",
        p.points(),
        fit.family().isEmpty() ? "" : " of family " + fit.family(),
        fit.excluded().size(),
        fit.settings().parameterCount().inWords(),
        fit.flopsFormula());
    line("L(N, D) = E + A/N^alpha + B/D^beta, nats per token");
    value("E", p.irreducible());
    value("A", p.parametersScale());
    value("B", p.tokensScale());
    value("alpha", p.alpha());
    value("beta", p.beta());
    line(
        "  residuals %.2g%% rms; %d of %d starts at the optimum; %.2f s, intervals %.2f s",
        100 * p.residual(),
        p.startsAtOptimum(),
        p.starts(),
        fit.seconds().grid(),
        fit.seconds().bootstrap());
  }

  private void value(String name, double value) {
    line(
        "  %-5s %10s%s",
        name, Numbers.significant(value, 4), interval(fit.parametric().ci95().get(name)));
  }

  private static String interval(Interval interval) {
    return interval == null
        ? ""
        : "   95% "
            + Numbers.significant(interval.lower(), 4)
            + " to "
            + Numbers.significant(interval.upper(), 4);
  }

  private void exponents() {
    ParametricFit p = fit.parametric();
    IsoFlopFit iso = fit.isoflop();
    if (p.law().hasOptimum()) {
      line("N_opt ∝ C^a, D_opt ∝ C^b");
      exponent("parametric", p.parametersExponent(), p.tokensExponent(), p.ci95().get("a"));
    }
    if (iso.reason() == null) {
      exponent("isoFLOP", iso.parametersExponent(), iso.tokensExponent(), iso.ci95().get("a"));
    } else {
      line("  isoFLOP: no exponents, %s", iso.reason());
    }
    for (BudgetCurve curve : iso.budgets()) {
      if (!curve.visible() && iso.budgets().size() <= 8) {
        line(
            "  isoFLOP: no visible minimum at %s FLOPs: %s",
            Numbers.power(curve.flops()), curve.reason());
      }
    }
  }

  private void exponent(String by, double a, double b, Interval ofA) {
    line("  %-10s a = %.3f, b = %.3f%s", by, a, b, ofA == null ? "" : interval(ofA) + " (a)");
  }

  /** The forms by BIC, with their errors on what was held out. */
  private void forms() {
    double best = fit.forms().stream().mapToDouble(FormFit::bic).min().orElse(Double.NaN);
    line("forms of L(N, D) by least absolute deviations: AIC, BIC (difference), held-out error");
    for (FormFit form : fit.forms()) {
      line(
          "  %-15s %10.1f %10.1f (%+.1f)  %s",
          form.form().label(),
          form.aic(),
          form.bic(),
          form.bic() - best,
          Double.isNaN(form.heldOutError())
              ? "–"
              : String.format(Locale.ROOT, "%.2f%%", 100 * form.heldOutError()));
    }
    PowerFit power = fit.power();
    if (power.reason() == null) {
      line(
          "L(C) = a·C^-b + c of the %s: a = %s, b = %s, c = %s",
          power.source(),
          Numbers.significant(power.scale(), 4),
          Numbers.significant(power.exponent(), 4),
          Numbers.significant(power.irreducible(), 4));
    } else {
      line("L(C): none, %s", power.reason());
    }
  }

  private void optimal() {
    for (Allocation best : fit.optimal()) {
      line(
          "  at %s FLOPs%s: N %s, D %s (%.1f tokens per parameter), loss %.3f%s",
          Numbers.power(best.flops()),
          best.extrapolated()
              ? " (" + Numbers.significant(best.beyond(), 3) + " times the largest run)"
              : "",
          Numbers.compact(best.parameters()),
          Numbers.compact(best.tokens()),
          best.tokensPerParameter(),
          best.loss(),
          interval(best.lossInterval()));
    }
  }

  private void rolling() {
    RollingCheck rolling = fit.rolling();
    if (rolling.predictions() > 0) {
      line(
          "rolling cutoffs: %d of %d predictions above %d cutoffs within their 95%% intervals,"
              + " %.2f%% mean error",
          rolling.covered(),
          rolling.predictions(),
          rolling.cutoffs().size(),
          100 * rolling.meanRelativeError());
    }
  }

  private void heldOut() {
    HeldOut check = fit.heldOut();
    if (check.reason() != null) {
      line("held-out check: none, %s", check.reason());
      return;
    }
    line(
        "held-out check: fitted on %d runs below %s FLOPs (%s), %d above predicted with"
            + " %.2f%% mean error%s",
        check.fitted(),
        Numbers.power(check.cutoffFlops()),
        check.chosenBy().equals("user") ? "as asked" : "the largest budgets held out",
        check.predictions().size(),
        100 * check.meanRelativeError(),
        check.covered() < 0
            ? ""
            : String.format(
                ", %d of %d within their 95%% intervals",
                check.covered(), check.predictions().size()));
    if (check.best() != null) {
      HeldOut.BestLoss best = check.best();
      line(
          "best loss at %s FLOPs by L(C) through the best runs of %d budgets below: %.3f, measured"
              + " %.3f, error %.2f%%",
          Numbers.power(best.flops()),
          best.budgets(),
          best.predicted(),
          best.measured(),
          100 * best.relativeError());
    }
  }
}
