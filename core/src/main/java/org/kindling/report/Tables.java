package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.scientific;
import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.kindling.report.Table.Cell;
import org.kindling.report.Table.Column;
import org.kindling.scaling.Allocation;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.Exclusion;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.Interval;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ScalingFit;

/** The tables of the report. */
final class Tables {
  private Tables() {}

  static Table runs(ReportInput input) {
    List<List<Cell>> rows = new ArrayList<>();
    for (ReportInput.Run run : input.finished()) {
      EvaluationRow r = run.last();
      double residual = input.residual(r);
      rows.add(
          List.of(
              Cell.text(r.run()),
              Cell.text(r.family()),
              Cell.number(compact(r.parameters()), r.parameters()),
              Cell.number(compact(r.tokens()), r.tokens()),
              Cell.number(scientific(r.flops()), r.flops()),
              Cell.number(significant(r.tokens() / r.parameters(), 3), r.tokens() / r.parameters()),
              Cell.number(fixed(r.loss(), 4), r.loss()),
              Cell.number(fixed(r.bitsPerByte(), 4), r.bitsPerByte()),
              Cell.number(percent(residual), residual)));
    }
    return new Table(
        "runs",
        List.of(
            new Column("Run", "run"),
            new Column("Family", "family"),
            new Column("Parameters", "parameters"),
            new Column("Tokens", "tokens"),
            new Column("FLOPs", "flops"),
            new Column("Tokens / par.", "tokensPerParameter"),
            new Column("Loss, nats", "loss"),
            new Column("Bits / byte", "bitsPerByte"),
            new Column("Residual", "residual")),
        rows);
  }

  static Table law(ParametricFit fit) {
    List<List<Cell>> rows = new ArrayList<>();
    rows.add(coefficient(fit, "E", "irreducible loss, nats", fit.irreducible()));
    rows.add(coefficient(fit, "A", "scale of N", fit.parametersScale()));
    rows.add(coefficient(fit, "B", "scale of D", fit.tokensScale()));
    rows.add(coefficient(fit, "alpha", "exponent of N", fit.alpha()));
    rows.add(coefficient(fit, "beta", "exponent of D", fit.beta()));
    rows.add(coefficient(fit, "a", "of N_opt ∝ C^a", fit.parametersExponent()));
    rows.add(coefficient(fit, "b", "of D_opt ∝ C^b", fit.tokensExponent()));
    return new Table(
        "law",
        List.of(
            new Column("Symbol", "name"),
            new Column("Meaning", "meaning"),
            new Column("Estimate", "estimate"),
            new Column("95% from", "lower"),
            new Column("to", "upper")),
        rows);
  }

  private static List<Cell> coefficient(
      ParametricFit fit, String name, String meaning, double value) {
    Interval interval = fit.ci95().getOrDefault(name, new Interval(Double.NaN, Double.NaN));
    String shown = name.replace("alpha", "α").replace("beta", "β");
    return List.of(
        new Cell(shown, name, Table.Kind.TEXT),
        Cell.text(meaning),
        Cell.number(significant(value, 4), value),
        Cell.number(significant(interval.lower(), 4), interval.lower()),
        Cell.number(significant(interval.upper(), 4), interval.upper()));
  }

  static Table isoflop(ScalingFit fit) {
    List<List<Cell>> rows = new ArrayList<>();
    for (BudgetCurve c : fit.isoflop().budgets()) {
      rows.add(
          List.of(
              Cell.number(scientific(c.flops()), c.flops()),
              Cell.number(Integer.toString(c.runs()), c.runs()),
              Cell.number(compact(c.smallest()), c.smallest()),
              Cell.number(compact(c.largest()), c.largest()),
              Cell.number(compact(c.parameters()), c.parameters()),
              Cell.number(compact(c.tokens()), c.tokens()),
              Cell.number(fixed(c.loss(), 4), c.loss()),
              Cell.text(c.visible() ? "" : c.reason())));
    }
    return new Table(
        "isoflop",
        List.of(
            new Column("Budget, FLOPs", "flops"),
            new Column("Runs", "runs"),
            new Column("Smallest N", "smallest"),
            new Column("Largest N", "largest"),
            new Column("Best N", "parameters"),
            new Column("Best D", "tokens"),
            new Column("Loss there", "loss"),
            new Column("No minimum because", "reason")),
        rows);
  }

  static Table optimal(ScalingFit fit) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Allocation a : fit.optimal()) {
      Interval n = orNone(a.parametersCi95());
      Interval loss = orNone(a.lossCi95());
      rows.add(
          List.of(
              Cell.number(scientific(a.flops()), a.flops()),
              Cell.number(compact(a.parameters()), a.parameters()),
              Cell.number(compact(n.lower()), n.lower()),
              Cell.number(compact(n.upper()), n.upper()),
              Cell.number(compact(a.tokens()), a.tokens()),
              Cell.number(significant(a.tokensPerParameter(), 3), a.tokensPerParameter()),
              Cell.number(fixed(a.loss(), 3), a.loss()),
              Cell.number(fixed(loss.lower(), 3), loss.lower()),
              Cell.number(fixed(loss.upper(), 3), loss.upper()),
              Cell.text(a.extrapolated() ? "extrapolated" : "")));
    }
    return new Table(
        "optimal",
        List.of(
            new Column("FLOPs", "flops"),
            new Column("Best N", "parameters"),
            new Column("95% from", "parametersLower"),
            new Column("to", "parametersUpper"),
            new Column("Best D", "tokens"),
            new Column("D / N", "tokensPerParameter"),
            new Column("Loss", "loss"),
            new Column("95% from", "lossLower"),
            new Column("to", "lossUpper"),
            new Column("Note", "note")),
        rows);
  }

  private static Interval orNone(Interval interval) {
    return interval == null ? new Interval(Double.NaN, Double.NaN) : interval;
  }

  static Table heldOut(HeldOut heldOut) {
    List<List<Cell>> rows = new ArrayList<>();
    for (HeldOut.Prediction p : heldOut.predictions()) {
      Interval interval = orNone(p.interval());
      rows.add(
          List.of(
              Cell.text(p.run()),
              Cell.number(compact(p.parameters()), p.parameters()),
              Cell.number(compact(p.tokens()), p.tokens()),
              Cell.number(scientific(p.flops()), p.flops()),
              Cell.number(fixed(p.measured(), 4), p.measured()),
              Cell.number(fixed(p.predicted(), 4), p.predicted()),
              Cell.number(fixed(interval.lower(), 4), interval.lower()),
              Cell.number(fixed(interval.upper(), 4), interval.upper()),
              Cell.number(percent(p.relativeError()), p.relativeError())));
    }
    return new Table(
        "heldout",
        List.of(
            new Column("Run", "run"),
            new Column("Parameters", "parameters"),
            new Column("Tokens", "tokens"),
            new Column("FLOPs", "flops"),
            new Column("Measured", "measured"),
            new Column("Predicted", "predicted"),
            new Column("95% from", "lower"),
            new Column("to", "upper"),
            new Column("Error", "relativeError")),
        rows);
  }

  static Table excluded(ScalingFit fit) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Exclusion e : fit.excluded()) {
      rows.add(
          List.of(
              Cell.text(e.run()),
              Cell.text(e.family()),
              Cell.number(Long.toString(e.step()), e.step() < 0 ? Double.NaN : e.step()),
              Cell.number(fixed(e.loss(), 4), e.loss()),
              Cell.text(e.reason())));
    }
    return new Table(
        "excluded",
        List.of(
            new Column("Run", "run"),
            new Column("Family", "family"),
            new Column("Step", "step"),
            new Column("Loss", "loss"),
            new Column("Reason", "reason")),
        rows);
  }

  static String fixed(double value, int decimals) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + decimals + "f", value) : "–";
  }

  /** Signed, with two decimals: {@code +0.31 %}; a true minus sign. */
  static String percent(double fraction) {
    return Double.isFinite(fraction)
        ? String.format(Locale.ROOT, "%+.2f %%", 100 * fraction).replace('-', '−')
        : "–";
  }
}
