package org.kindling.report;

import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.kindling.scaling.Interval;
import org.kindling.scaling.ParametricLaw;
import org.kindling.scaling.ProfileCurve;
import org.kindling.scaling.ScalingFit;

/** How well the coefficients are known: resampled laws in pairs, and profile likelihoods. */
final class UncertaintySection {
  /** A coefficient and its name. */
  private enum Coefficient {
    E("E, nats", ParametricLaw::irreducible),
    ALPHA("α, exponent of N", ParametricLaw::alpha),
    BETA("β, exponent of D", ParametricLaw::beta),
    A("a, exponent of the best N", ParametricLaw::parametersExponent);

    private final String label;
    private final ToDoubleFunction<ParametricLaw> of;

    Coefficient(String label, ToDoubleFunction<ParametricLaw> of) {
      this.label = label;
      this.of = of;
    }
  }

  private final ScalingFit fit;

  UncertaintySection(ScalingFit fit) {
    this.fit = fit;
  }

  void addTo(Page page) {
    page.section("uncertainty", "How well the law is known");
    List<ParametricLaw> laws = fit.prediction().laws();
    if (laws.isEmpty()) {
      page.absent(
          "Bootstrap pairs",
          fit.settings().bootstrap() == 0
              ? "Need resamples: fit with --bootstrap 1000"
              : "Need at least eight runs to draw from");
    } else {
      page.figure(
          new Figure(
              "bootstrap",
              pairs(laws),
              sentence(),
              "Each dot is a law refitted to runs drawn with replacement, "
                  + laws.size()
                  + " of "
                  + fit.settings().bootstrap()
                  + " shown; the ring is the fit. A narrow slanted cloud means that two"
                  + " coefficients make up for each other.",
              table(laws)));
    }
    if (fit.profiles().isEmpty()) {
      page.absent(
          "Profile likelihoods", "Need at least eight runs that do not lie exactly on the law");
    } else {
      page.figure(
          new Figure(
              "profiles",
              fit.profiles().stream().map(UncertaintySection::profile).toList(),
              profileSentence(),
              "Twice the fall of the log likelihood when one quantity is held and the rest fitted"
                  + " again (least absolute deviations); below the line across lies the 95%"
                  + " interval.",
              profiles()));
    }
  }

  private List<Chart> pairs(List<ParametricLaw> laws) {
    List<Chart> charts = new ArrayList<>();
    Coefficient[] all = Coefficient.values();
    for (int i = 0; i < all.length; i++) {
      for (int j = i + 1; j < all.length; j++) {
        charts.add(pair(laws, all[i], all[j]));
      }
    }
    return charts;
  }

  private Chart pair(List<ParametricLaw> laws, Coefficient x, Coefficient y) {
    Chart chart =
        new Chart(Axis.linear(x.label, Axis.Format.PLAIN), Axis.linear(y.label, Axis.Format.PLAIN));
    Chart.Mark dots = chart.dots("s0").faint().size(5);
    for (ParametricLaw law : laws) {
      dots.at(x.of.applyAsDouble(law), y.of.applyAsDouble(law));
    }
    ParametricLaw best = fit.parametric().law();
    Tip tip = Tip.of("the fit");
    for (Coefficient c : Coefficient.values()) {
      tip = tip.line(c.label, significant(c.of.applyAsDouble(best), 4));
    }
    chart.rings("ink").at(x.of.applyAsDouble(best), y.of.applyAsDouble(best), tip);
    return chart;
  }

  /** What the resamples show. */
  String sentence() {
    List<String> known = new ArrayList<>();
    for (String name : List.of("E", "alpha", "beta", "a")) {
      Interval interval = fit.parametric().ci95().get(name);
      if (interval != null) {
        known.add(
            name.replace("alpha", "α").replace("beta", "β")
                + " to "
                + significant(interval.lower(), 3)
                + " … "
                + significant(interval.upper(), 3)
                + (name.equals("E") ? " nats" : ""));
      }
    }
    return known.isEmpty()
        ? "The resampled laws leave no coefficient with an interval."
        : "The middle 95% of the resampled laws bound " + Words.list(known) + ".";
  }

  private Table table(List<ParametricLaw> laws) {
    Table table =
        new Table(
            "bootstrap",
            "Resampled laws",
            Cells.column("E", "E"),
            Cells.column("A", "A"),
            Cells.column("B", "B"),
            Cells.column("α", "alpha"),
            Cells.column("β", "beta"),
            Cells.column("a", "a"));
    for (ParametricLaw law : laws) {
      table.row(
          Cells.digits(law.irreducible(), 4),
          Cells.digits(law.parametersScale(), 4),
          Cells.digits(law.tokensScale(), 4),
          Cells.digits(law.alpha(), 4),
          Cells.digits(law.beta(), 4),
          Cells.digits(law.parametersExponent(), 4));
    }
    return table;
  }

  // Profiles ---------------------------------------------------------------------------------

  private static String label(ProfileCurve curve) {
    return switch (curve.name()) {
      case "alpha" -> Coefficient.ALPHA.label;
      case "beta" -> Coefficient.BETA.label;
      case "E" -> Coefficient.E.label;
      case "a" -> Coefficient.A.label;
      default -> curve.name();
    };
  }

  private static Chart profile(ProfileCurve curve) {
    Chart chart =
        new Chart(
            Axis.linear(label(curve), Axis.Format.PLAIN),
            Axis.linear("Deviance", Axis.Format.PLAIN)
                .within(-0.3 * curve.threshold(), 2.5 * curve.threshold()));
    Chart.Mark line = chart.line("s0");
    for (ProfileCurve.Point p : curve.points()) {
      line.at(
          p.value(),
          p.deviance(),
          Tip.of(label(curve))
              .line("value", significant(p.value(), 4))
              .line("deviance", significant(p.deviance(), 3)));
    }
    chart
        .rings("ink")
        .at(curve.estimate(), 0, Tip.of("estimate " + significant(curve.estimate(), 4)));
    return chart.horizontal(curve.threshold(), "95%");
  }

  /** What the profiles show. */
  String profileSentence() {
    List<String> bounds = new ArrayList<>();
    for (ProfileCurve curve : fit.profiles()) {
      bounds.add(symbol(curve) + " " + bounded(curve.interval()));
    }
    return "By the likelihood " + Words.list(bounds) + " (95%).";
  }

  private static String symbol(ProfileCurve curve) {
    return curve.name().replace("alpha", "α").replace("beta", "β");
  }

  static String bounded(Interval interval) {
    boolean below = interval != null && Double.isFinite(interval.lower());
    boolean above = interval != null && Double.isFinite(interval.upper());
    if (below && above) {
      return "lies between "
          + significant(interval.lower(), 3)
          + " and "
          + significant(interval.upper(), 3);
    }
    if (below) {
      return "lies above " + significant(interval.lower(), 3) + " with no bound from above";
    }
    return above
        ? "lies below " + significant(interval.upper(), 3) + " with no bound from below"
        : "is not bounded on either side";
  }

  private Table profiles() {
    Table table =
        new Table(
            "profiles",
            "Profile likelihoods",
            Cells.column("Quantity", "name"),
            Cells.column("Value", "value"),
            Cells.column("Deviance", "deviance"));
    for (ProfileCurve curve : fit.profiles()) {
      for (ProfileCurve.Point p : curve.points()) {
        table.row(
            Cells.text(curve.name()), Cells.digits(p.value(), 5), Cells.digits(p.deviance(), 4));
      }
    }
    return table;
  }
}
