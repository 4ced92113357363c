package org.kindling.report;

import static org.kindling.scaling.Numbers.significant;

import org.kindling.scaling.ParametricFit;

/** The fitted law as HTML: L(N, D) = E + A/N^α + B/D^β with its numbers. */
final class Formula {
  private Formula() {}

  static String of(ParametricFit p) {
    return "<div class=\"formula\" role=\"math\" aria-label=\""
        + Html.escape(inWords(p))
        + "\"><span><i>L</i>(<i>N</i>,&#8202;<i>D</i>) = "
        + significant(p.irreducible(), 4)
        + " + </span>"
        + fraction(p.parametersScale(), "N", p.alpha())
        + "<span> + </span>"
        + fraction(p.tokensScale(), "D", p.beta())
        + "</div>\n";
  }

  static String inWords(ParametricFit p) {
    return Words.format(
        "L(N, D) = %s + %s / N^%s + %s / D^%s",
        significant(p.irreducible(), 4),
        significant(p.parametersScale(), 4),
        significant(p.alpha(), 3),
        significant(p.tokensScale(), 4),
        significant(p.beta(), 3));
  }

  private static String fraction(double scale, String variable, double exponent) {
    return "<span class=\"fraction\"><span>"
        + significant(scale, 4)
        + "</span><span><i>"
        + variable
        + "</i><sup>"
        + significant(exponent, 3).replace('-', '−')
        + "</sup></span></span>";
  }
}
