package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.kindling.scaling.Basin;
import org.kindling.scaling.FormFit;
import org.kindling.scaling.Interval;
import org.kindling.scaling.KaplanFit;
import org.kindling.scaling.LawForm;
import org.kindling.scaling.LeastAbsoluteFit;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ParametricLaw;
import org.kindling.scaling.Residual;
import org.kindling.scaling.ScalingFit;

/** Approach 3: the law, its contours, other estimators and forms, and how the search went. */
final class LawSection {
  private static final int LEVELS = 10;

  /** Beyond the runs on every side of the contour. */
  private static final double MARGIN = 2;

  private final ReportInput input;
  private final ScalingFit fit;

  LawSection(ReportInput input, ScalingFit fit) {
    this.input = input;
    this.fit = fit;
  }

  void addTo(Page page) {
    page.section("law", "The fitted law");
    page.html(Formula.of(fit.parametric()));
    page.table(coefficients());
    List<Level> levels = levels();
    page.figure(
        new Figure(
            "contour",
            List.of(contour(page.conventions(), levels)),
            sentence(),
            "Curves join N and D of equal predicted loss, labelled in nats per token; dots are the"
                + " runs, coloured by budget"
                + (fit.parametric().law().hasOptimum()
                    ? "; the heavy line is the efficient frontier, the best N and D of each C."
                    : "."),
            contours(levels)));
    if (!fit.parametric().law().hasOptimum()) {
      page.absent("The efficient frontier", "Needs a loss that falls with both N and D");
    }
    page.section("comparison", "Other forms and estimators");
    page.paragraph(comparison());
    page.table(forms());
    page.section("convergence", "How the search went");
    page.paragraph(convergence());
    page.table(basins());
  }

  // The law ----------------------------------------------------------------------------------

  private Table coefficients() {
    Table table =
        new Table(
            "law",
            "Coefficients of the law",
            Cells.column("Symbol", "name"),
            Cells.column("Meaning", "meaning"),
            Cells.column("Huber, δ = 10⁻³", "estimate"),
            Cells.column("95% from", "lower"),
            Cells.column("to", "upper"),
            Cells.column("Least absolute deviations", "leastAbsolute"));
    ParametricFit p = fit.parametric();
    LeastAbsoluteFit other = fit.leastAbsolute();
    ParametricLaw lad = other == null ? null : other.asLaw();
    double nan = Double.NaN;
    row(
        table,
        "E",
        "irreducible loss, nats",
        p.irreducible(),
        lad == null ? nan : lad.irreducible());
    row(table, "A", "scale of N", p.parametersScale(), lad == null ? nan : lad.parametersScale());
    row(table, "B", "scale of D", p.tokensScale(), lad == null ? nan : lad.tokensScale());
    row(table, "alpha", "exponent of N", p.alpha(), lad == null ? nan : lad.alpha());
    row(table, "beta", "exponent of D", p.beta(), lad == null ? nan : lad.beta());
    row(
        table,
        "a",
        "of N_opt ∝ C^a",
        p.parametersExponent(),
        lad == null ? nan : lad.parametersExponent());
    row(table, "b", "of D_opt ∝ C^b", p.tokensExponent(), lad == null ? nan : lad.tokensExponent());
    return table;
  }

  private void row(Table table, String name, String meaning, double value, double other) {
    Interval interval = Cells.orNone(fit.parametric().ci95().get(name));
    String shown = name.replace("alpha", "α").replace("beta", "β");
    table.row(
        new Table.Cell(shown, name, Table.Kind.TEXT),
        Cells.text(meaning),
        Cells.digits(value, 4),
        Cells.digits(interval.lower(), 4),
        Cells.digits(interval.upper(), 4),
        Cells.digits(other, 4));
  }

  // Contours ---------------------------------------------------------------------------------

  private record Level(double loss, List<double[]> points) {}

  private double[] range(ToDoubleFunction<Residual> of) {
    double least = fit.residuals().stream().mapToDouble(of).min().orElseThrow();
    double most = fit.residuals().stream().mapToDouble(of).max().orElseThrow();
    return new double[] {least / MARGIN, most * MARGIN};
  }

  /** Losses in even steps of ln (L − E) between the corners, and the D of each on a grid of N. */
  private List<Level> levels() {
    ParametricLaw law = fit.parametric().law();
    List<Level> levels = new ArrayList<>();
    if (!law.hasOptimum()) {
      return levels;
    }
    double[] n = range(r -> r.parameters());
    double[] d = range(r -> r.tokens());
    double high = law.loss(n[0], d[0]) - law.irreducible();
    double low = law.loss(n[1], d[1]) - law.irreducible();
    for (int i = 1; i <= LEVELS; i++) {
      double loss = law.irreducible() + high * Math.pow(low / high, i / (LEVELS + 1.0));
      List<double[]> points = new ArrayList<>();
      for (int k = 0; k <= 80; k++) {
        double parameters = n[0] * Math.pow(n[1] / n[0], k / 80.0);
        double rest =
            loss - law.irreducible() - law.parametersScale() * Math.pow(parameters, -law.alpha());
        double tokens = rest > 0 ? Math.pow(law.tokensScale() / rest, 1 / law.beta()) : Double.NaN;
        if (tokens >= d[0] && tokens <= d[1]) {
          points.add(new double[] {parameters, tokens});
        }
      }
      levels.add(new Level(loss, points));
    }
    return levels;
  }

  private Chart contour(Conventions conventions, List<Level> levels) {
    double[] n = range(r -> r.parameters());
    double[] d = range(r -> r.tokens());
    Chart chart =
        new Chart(
            Axis.log(conventions.parametersAxis(), Axis.Format.COMPACT).within(n[0], n[1]),
            Axis.log("Tokens D", Axis.Format.COMPACT).within(d[0], d[1]));
    for (int i = 0; i < levels.size(); i++) {
      String loss = Words.fixed(levels.get(i).loss(), 2);
      Chart.Mark line = chart.line("ramp:" + i / (LEVELS - 1.0)).startText(loss);
      for (double[] p : levels.get(i).points()) {
        line.at(p[0], p[1]);
      }
    }
    frontier(chart, n, d);
    BudgetDots dots = new BudgetDots(chart, input, 9);
    for (ReportInput.Run run : input.finished()) {
      if (input.isFitted(run)) {
        dots.at(run.budget(), run.last().parameters(), run.last().tokens(), Tip.of(run.last()));
      }
    }
    return chart;
  }

  private void frontier(Chart chart, double[] n, double[] d) {
    ParametricLaw law = fit.parametric().law();
    double k = fit.flopsPerParameterToken();
    if (!law.hasOptimum()) {
      return;
    }
    Chart.Mark line = chart.line("ink").size(3).named("efficient frontier");
    double least = k * n[0] * d[0];
    double most = k * n[1] * d[1];
    for (int i = 0; i <= 40; i++) {
      double c = least * Math.pow(most / least, i / 40.0);
      double parameters = law.optimalParameters(c, k);
      double tokens = law.optimalTokens(c, k);
      if (parameters >= n[0] && parameters <= n[1] && tokens >= d[0] && tokens <= d[1]) {
        line.at(
            parameters,
            tokens,
            Tip.of("best use of " + power(c) + " FLOPs")
                .line("N", compact(parameters))
                .line("D", compact(tokens))
                .loss("loss", law.loss(parameters, tokens)));
      }
    }
  }

  private Table contours(List<Level> levels) {
    Table table =
        new Table("contour", "Curves of equal loss", Cells.LOSS, Cells.PARAMETERS, Cells.TOKENS);
    for (Level level : levels) {
      for (double[] p : level.points()) {
        table.row(Cells.loss(level.loss()), Cells.large(p[0]), Cells.large(p[1]));
      }
    }
    return table;
  }

  /** What the contours show. */
  String sentence() {
    ParametricFit p = fit.parametric();
    if (!p.law().hasOptimum()) {
      return Words.format(
          "The fitted exponents are α = %s and β = %s, of which one is not positive: the law"
              + " describes these runs and must not be used to plan others.",
          Words.fixed(p.alpha(), 3), Words.fixed(p.beta(), 3));
    }
    return Words.format(
        "Without limits on N and D the loss would fall to %s nats per token; doubling N removes"
            + " %s of the term of N, doubling D %s of that of D.",
        significant(p.irreducible(), 3),
        Words.percent(1 - Math.pow(2, -p.alpha())),
        Words.percent(1 - Math.pow(2, -p.beta())));
  }

  // Comparison -------------------------------------------------------------------------------

  private Table forms() {
    Table table =
        new Table(
            "forms",
            "Forms of L(N, D), least absolute deviations of ln L",
            Cells.column("Form", "form"),
            Cells.column("Formula", "formula"),
            Cells.column("Values", "values"),
            Cells.column("Parameters", "parameters"),
            Cells.column("Mean |ln error|", "scale"),
            Cells.column("AIC", "aic"),
            Cells.column("BIC", "bic"),
            Cells.column("Held-out error", "heldOutError"));
    for (FormFit f : fit.forms()) {
      List<String> values = new ArrayList<>();
      f.values().forEach((name, value) -> values.add(name + " = " + significant(value, 4)));
      table.row(
          Cells.text(f.form().label()),
          greek(f.formula()),
          greek(String.join(", ", values)),
          Cells.whole(f.parameters()),
          Cells.digits(f.scale(), 3),
          Cells.number(f.aic(), 1),
          Cells.number(f.bic(), 1),
          Cells.share(f.heldOutError()));
    }
    return table;
  }

  /** Letters for people, names for machines. */
  private static Table.Cell greek(String text) {
    String shown = text.replace("alpha", "α").replace("beta", "β").replace("gamma", "γ");
    return new Table.Cell(shown, text, Table.Kind.TEXT);
  }

  /** Which form the criteria prefer. */
  String comparison() {
    if (fit.forms().isEmpty()) {
      return "No form has fewer parameters than there are runs; train more runs.";
    }
    FormFit aic = least(FormFit::aic);
    FormFit bic = least(FormFit::bic);
    String preferred =
        aic.form() == bic.form()
            ? "AIC and BIC both prefer the form “" + aic.form().label() + "”"
            : "AIC prefers the form “" + aic.form().label() + "”, BIC “" + bic.form().label() + "”";
    FormFit best = least(f -> Double.isNaN(f.heldOutError()) ? 1e9 : f.heldOutError());
    String heldOut =
        Double.isNaN(best.heldOutError())
            ? "; no run was held out to judge by"
            : "; on the runs held out “"
                + best.form().label()
                + "” errs least, by "
                + Words.percent(best.heldOutError())
                + " on average";
    return preferred + heldOut + "." + againstKaplan();
  }

  private FormFit least(ToDoubleFunction<FormFit> of) {
    return fit.forms().stream().min(Comparator.comparingDouble(of)).orElseThrow();
  }

  private String againstKaplan() {
    KaplanFit kaplan = fit.kaplan();
    boolean known =
        Double.isFinite(kaplan.ofParameters().exponent())
            && Double.isFinite(kaplan.ofTokens().exponent());
    boolean both = fit.forms().stream().anyMatch(f -> f.form() == LawForm.KAPLAN);
    return known && both
        ? Words.format(
            " Kaplan's laws of one variable have exponents %s of N and %s of D.",
            significant(kaplan.ofParameters().exponent(), 3),
            significant(kaplan.ofTokens().exponent(), 3))
        : "";
  }

  // Convergence ------------------------------------------------------------------------------

  private Table basins() {
    Table table =
        new Table(
            "convergence",
            "Where the starts ended",
            Cells.column("Objective", "objective"),
            Cells.column("Starts", "starts"),
            Cells.column("E", "E"),
            Cells.column("A", "A"),
            Cells.column("B", "B"),
            Cells.column("α", "alpha"),
            Cells.column("β", "beta"));
    for (Basin b : fit.parametric().basins()) {
      ParametricLaw law = b.law();
      table.row(
          Cells.digits(b.objective(), 5),
          Cells.whole(b.starts()),
          Cells.digits(law.irreducible(), 4),
          Cells.digits(law.parametersScale(), 4),
          Cells.digits(law.tokensScale(), 4),
          Cells.digits(law.alpha(), 4),
          Cells.digits(law.beta(), 4));
    }
    return table;
  }

  /** How many starts found the optimum. */
  String convergence() {
    ParametricFit p = fit.parametric();
    int listed = p.basins().stream().mapToInt(Basin::starts).sum();
    return Words.format(
        "%d of %s (%s) of the search reached the lowest sum of Huber losses; %s.%s",
        p.startsAtOptimum(),
        Words.count(p.starts(), "start"),
        Words.percent((double) p.startsAtOptimum() / p.starts()),
        p.basins().size() == 1 && listed == p.starts()
            ? "no start ended elsewhere"
            : "the table lists where they ended, from the lowest",
        listed < p.starts()
            ? " " + Words.count(p.starts() - listed, "start") + " ended higher than those listed."
            : "");
  }
}
