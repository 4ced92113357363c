package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kindling.scaling.Allocation;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.Interval;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ScalingFit;

/** What a reader with a minute should know: warnings, the best run, the law and what it advises. */
final class SummarySection {
  private final ReportInput input;
  private final String reasonAgainstFit;

  SummarySection(ReportInput input, String reasonAgainstFit) {
    this.input = input;
    this.reasonAgainstFit = reasonAgainstFit;
  }

  /** The part above the table of contents. */
  String html(Conventions conventions) {
    StringBuilder out = new StringBuilder();
    input
        .fit()
        .filter(fit -> !fit.warnings().isEmpty())
        .ifPresent(fit -> out.append(warnings(fit.warnings())));
    out.append("<p class=\"lede\">").append(Html.prose(sentence())).append("</p>\n");
    if (input.fit().isPresent()) {
      out.append(box(input.fit().get(), conventions));
    } else {
      out.append("<aside><h3>No law was fitted</h3><ul>\n<li>")
          .append(Html.escape(reasonAgainstFit))
          .append("</li>\n</ul></aside>\n");
    }
    return out.toString();
  }

  private static String warnings(List<String> warnings) {
    StringBuilder out =
        new StringBuilder("<aside class=\"warning\"><h3>Before you rely on the law</h3><ul>\n");
    warnings.forEach(w -> out.append("<li>").append(Html.prose(w)).append("</li>\n"));
    return out.append("</ul></aside>\n").toString();
  }

  private static String box(ScalingFit fit, Conventions conventions) {
    StringBuilder out = new StringBuilder("<section class=\"box\" aria-label=\"Summary\">\n");
    out.append(Formula.of(fit.parametric()));
    if (!fit.optimal().isEmpty()) {
      out.append("<table><caption>Best use of a budget</caption><thead><tr><th scope=\"col\">C,")
          .append(" FLOPs</th><th scope=\"col\">N</th><th scope=\"col\">D</th>")
          .append("<th scope=\"col\">D / N</th><th scope=\"col\">Loss, nats per token</th></tr>")
          .append("</thead><tbody>\n");
      shown(fit).forEach(a -> out.append(row(a)));
      out.append("</tbody></table>\n");
    }
    out.append("<p>").append(Html.prose(heldOut(fit.heldOut()))).append("</p>\n");
    return out.append("<p class=\"counts\">")
        .append(Html.prose(conventions.note()))
        .append("</p>\n</section>\n")
        .toString();
  }

  /** The largest budget that was trained, and those beyond. */
  private static List<Allocation> shown(ScalingFit fit) {
    List<Allocation> shown = new ArrayList<>();
    Allocation largest = null;
    for (Allocation a : fit.optimal()) {
      if (a.extrapolated() && shown.size() < 2) {
        shown.add(a);
      } else if (!a.extrapolated()) {
        largest = a;
      }
    }
    if (largest != null) {
      shown.add(0, largest);
    }
    return shown;
  }

  private static String row(Allocation a) {
    return "<tr><td>"
        + power(a.flops())
        + (a.extrapolated() ? ", " + Words.times(a.beyond()) + " the largest run" : "")
        + "</td><td>"
        + Html.prose(compact(a.parameters()))
        + "</td><td>"
        + Html.prose(compact(a.tokens()))
        + "</td><td>"
        + significant(a.tokensPerParameter(), 3)
        + "</td><td>"
        + Words.fixed(a.loss(), 3)
        + loss(a.lossInterval())
        + "</td></tr>\n";
  }

  private static String loss(Interval interval) {
    return interval == null
        ? ""
        : " <span class=\"interval\">"
            + Words.fixed(interval.lower(), 3)
            + " – "
            + Words.fixed(interval.upper(), 3)
            + "</span>";
  }

  /** One sentence on the held-out check. */
  static String heldOut(HeldOut check) {
    return check.reason() == null
        ? Words.format(
                "Held-out error: %s on average over %s above %s FLOPs%s.",
                Words.percent(check.meanRelativeError()),
                Words.count(check.predictions().size(), "run"),
                power(check.cutoffFlops()),
                check.covered() < 0
                    ? ""
                    : Words.format(
                        ", %d of %d within the 95%% interval",
                        check.covered(), check.predictions().size()))
            + best(check.best())
        : "Held-out error: not known, " + check.reason() + ".";
  }

  private static String best(HeldOut.BestLoss best) {
    return best == null
        ? ""
        : Words.format(
            " L(C) through the best run of each of %d budgets below expects %.3f nats at %s FLOPs;"
                + " the best run there has %.3f, so it is off by %s.",
            best.budgets(),
            best.predicted(),
            power(best.flops()),
            best.measured(),
            Words.percent(Math.abs(best.relativeError())));
  }

  /** One paragraph: the best model, against the baseline, and the law. */
  String sentence() {
    Optional<ReportInput.Run> best = input.best();
    if (best.isEmpty()) {
      return "No run has finished, so that there is no loss to compare and no law to fit.";
    }
    EvaluationRow last = best.get().last();
    return Words.format(
            "%s, %s with %s parameters trained on %s tokens, reaches a validation loss of"
                + " %.3f nats per token%s%s.",
            input.finished().size() == 1
                ? "The one finished run"
                : "The best of " + input.finished().size() + " finished runs",
            last.run(),
            compact(last.parameters()),
            compact(last.tokens()),
            last.loss(),
            Double.isNaN(last.bitsPerByte())
                ? ""
                : Words.format(" (%.3f bits per byte)", last.bitsPerByte()),
            againstBaseline(last))
        + input.fit().map(SummarySection::lawInWords).orElse("");
  }

  private String againstBaseline(EvaluationRow best) {
    return input
        .baseline(EvaluationRow.BIGRAM)
        .map(
            bigram -> {
              double gain = bigram.loss() - best.loss();
              return Words.format(
                  ", %.3f nats %s than the bigram baseline (%.3f)",
                  Math.abs(gain), gain >= 0 ? "better" : "worse", bigram.loss());
            })
        .orElse("");
  }

  private static String lawInWords(ScalingFit fit) {
    ParametricFit p = fit.parametric();
    if (!p.law().hasOptimum()) {
      return Words.format(
          " The fitted law has exponents α = %s and β = %s, of which one is not positive: it"
              + " describes these runs and must not be used to plan others.",
          Words.fixed(p.alpha(), 3), Words.fixed(p.beta(), 3));
    }
    return Words.format(
        " A law fitted to %d runs puts the irreducible loss at %s nats and has the best size grow"
            + " as C^%.2f and the tokens as C^%.2f.",
        p.points(), significant(p.irreducible(), 3), p.parametersExponent(), p.tokensExponent());
  }
}
