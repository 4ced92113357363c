package org.kindling.report;

import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.Exclusion;
import org.kindling.scaling.IsoFlopFit;
import org.kindling.scaling.ParameterCount;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ScalingFit;

/** The sections of the page, top to bottom, and the tables met on the way. */
final class PageBody {
  private final ReportInput input;
  private final Sentences sentences;
  private final List<Table> tables = new ArrayList<>();
  private final StringBuilder out = new StringBuilder();
  private int figures;

  PageBody(ReportInput input, String reasonAgainstFit, List<LineFigure> lines) {
    this.input = input;
    this.sentences = new Sentences(input);
    summary();
    compute();
    if (input.fit().isPresent()) {
      ScalingFit fit = input.fit().get();
      isoflop(fit.isoflop(), fit);
      law(fit);
      heldOut(fit);
    } else {
      heading("The law", "law");
      callout("No law was fitted", List.of(reasonAgainstFit));
    }
    lines.forEach(this::lines);
    runs();
    input.fit().ifPresent(this::excluded);
    method();
  }

  String html() {
    return out.toString();
  }

  List<Table> tables() {
    return List.copyOf(tables);
  }

  private void summary() {
    out.append("<p class=\"lede\">").append(Html.prose(sentences.summary())).append("</p>\n");
    input
        .fit()
        .filter(fit -> !fit.warnings().isEmpty())
        .ifPresent(fit -> callout("Before you rely on the law", fit.warnings()));
  }

  private void compute() {
    heading("Loss against compute", "compute");
    figure("compute", "tall", sentences.compute() + " " + computeCaption());
  }

  private String computeCaption() {
    StringBuilder caption = new StringBuilder("Dots are finished runs, coloured by budget");
    boolean checkpoints = input.runs().stream().anyMatch(r -> r.checkpoints().size() > 1);
    caption.append(checkpoints ? "; thin lines lead to them through their checkpoints" : "");
    caption.append(input.baselines().isEmpty() ? "" : "; dashed lines are count models");
    boolean optimum = input.fit().filter(f -> f.parametric().law().hasOptimum()).isPresent();
    return caption
        .append(optimum ? "; the grey curve is the law at the best size for each budget." : ".")
        .toString();
  }

  private void isoflop(IsoFlopFit iso, ScalingFit fit) {
    heading("The best size for a budget", "isoflop");
    boolean drawn = iso.budgets().stream().anyMatch(b -> b.parabola() != null);
    if (drawn) {
      figure(
          "isoflop",
          "tall",
          Sentences.isoflop(iso)
              + " Held-out loss against size at equal compute, with a parabola in ln N through each"
              + (iso.budgets().stream().anyMatch(BudgetCurve::visible)
                  ? " budget; rings mark minima."
                  : " budget."));
    }
    List<String> missing = Sentences.withoutMinimum(iso);
    if (missing.size() <= 8) {
      missing.forEach(s -> out.append(Html.paragraph(s)));
    } else {
      out.append(Html.paragraph(missing.size() + " budgets show no minimum; the table says why."));
    }
    if (iso.reason() != null) {
      out.append(Html.paragraph("No exponent by this method: " + iso.reason() + "."));
    }
    tableOrDetails(Tables.isoflop(fit), 12);
  }

  private void law(ScalingFit fit) {
    heading("The fitted law", "law");
    formula(fit.parametric());
    table(Tables.law(fit.parametric()));
    boolean optimum = fit.parametric().law().hasOptimum();
    out.append(optimum ? "<div class=\"pair\">\n" : "");
    figure("residuals", "square", sentences.residuals(fit));
    if (optimum) {
      figure(
          "optimal",
          "square",
          Sentences.allocation(fit)
              + " Lines are the law, bars its 95% intervals, rings the isoFLOP minima; dashed"
              + " beyond the runs.");
      out.append("</div>\n");
      table(Tables.optimal(fit));
    }
  }

  private void formula(ParametricFit p) {
    out.append("<div class=\"formula\" role=\"math\"><span><i>L</i>(<i>N</i>,&#8202;<i>D</i>)")
        .append(" = ")
        .append(significant(p.irreducible(), 4))
        .append(" + </span>")
        .append(fraction(p.parametersScale(), "N", p.alpha()))
        .append("<span> + </span>")
        .append(fraction(p.tokensScale(), "D", p.beta()))
        .append("</div>\n");
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

  private void heldOut(ScalingFit fit) {
    heading("Does it extrapolate?", "heldout");
    out.append(Html.paragraph(Sentences.heldOut(fit.heldOut())));
    if (fit.heldOut().reason() == null) {
      table(Tables.heldOut(fit.heldOut()));
    }
  }

  private void lines(LineFigure lines) {
    if (!lines.heading().isEmpty()) {
      heading(lines.heading(), lines.id());
    }
    figure(lines.id(), "square", lines.caption());
  }

  private void runs() {
    heading("All finished runs", "runs");
    Table table = Tables.runs(input);
    out.append(
        Html.paragraph(
            Sentences.count(table.rows().size(), "run")
                + (input.fit().isPresent()
                    ? ". The residual is measured over predicted loss, less one."
                    : ".")));
    table(table);
  }

  private void excluded(ScalingFit fit) {
    if (fit.excluded().isEmpty()) {
      return;
    }
    heading("Left out of the fit", "excluded");
    Map<String, Integer> reasons = new LinkedHashMap<>();
    for (Exclusion e : fit.excluded()) {
      reasons.merge(e.reason(), 1, Integer::sum);
    }
    out.append("<ul>\n");
    reasons.forEach(
        (reason, n) ->
            out.append("<li>")
                .append(Html.escape(Sentences.count(n, "row") + ": " + reason + "."))
                .append("</li>\n"));
    out.append("</ul>\n");
    tableOrDetails(Tables.excluded(fit), 20);
  }

  private void method() {
    heading("Method", "method");
    String count =
        input
            .fit()
            .filter(f -> f.settings().parameterCount() == ParameterCount.NON_EMBEDDING)
            .map(f -> "parameters of the model without embeddings")
            .orElse("all parameters of the model, embeddings included");
    out.append("<dl>\n");
    definition(
        "Loss",
        "Mean cross-entropy over held-out tokens in nats per token; every token counts once.");
    definition(
        "Bits per byte", "Loss · tokens / (bytes of text · ln 2), comparable across vocabularies.");
    definition("N", "Number of " + count + ".");
    definition("D", "Tokens trained on.");
    definition(
        "C",
        "Training compute in floating-point operations, as the evaluations state it; 6·N·D where"
            + " they do not."
            + input
                .fit()
                .map(
                    f ->
                        " Best sizes divide a budget by C = "
                            + significant(f.flopsPerParameterToken(), 3)
                            + "·N·D.")
                .orElse(""));
    input.fit().ifPresent(this::definitionsOfFit);
    out.append("</dl>\n<p class=\"sources\">Hoffmann et al. 2022, <cite>Training Compute-Optimal")
        .append(" Large Language Models</cite>, arXiv:2203.15556. Kaplan et al. 2020,")
        .append(" <cite>Scaling Laws for Neural Language Models</cite>, arXiv:2001.08361.</p>\n");
  }

  private void definitionsOfFit(ScalingFit fit) {
    ParametricFit p = fit.parametric();
    definition(
        "Parametric law",
        "Approach 3 of Hoffmann et al.: the sum of Huber losses (δ = 10⁻³) of ln L is minimised by"
            + " BFGS from "
            + p.starts()
            + " starts, of which "
            + p.startsAtOptimum()
            + " reached the optimum. Only finished runs are fitted.");
    definition(
        "Intervals",
        p.ci95().isEmpty()
            ? "None were computed."
            : "Middle 95% of laws refitted to "
                + fit.settings().bootstrap()
                + " resamples of the runs (seed "
                + fit.settings().seed()
                + ").");
    definition(
        "Envelope",
        "Approach 1: finished runs that no cheaper run beats. "
            + Sentences.envelope(fit.envelope()));
    definition(
        "isoFLOP",
        "Approach 2: runs whose compute differs by rounding form a budget; a least-squares parabola"
            + " in ln N gives its minimum, and a line through the logarithms the exponent.");
  }

  private void definition(String term, String meaning) {
    out.append("<dt>")
        .append(Html.escape(term))
        .append("</dt><dd>")
        .append(Html.prose(meaning))
        .append("</dd>\n");
  }

  private void heading(String text, String id) {
    out.append("<h2 id=\"").append(id).append("\">").append(Html.escape(text)).append("</h2>\n");
  }

  private void figure(String id, String shape, String caption) {
    out.append("<figure><div class=\"legend\" data-legend=\"")
        .append(id)
        .append("\"></div><div class=\"chart ")
        .append(shape)
        .append("\" data-chart=\"")
        .append(id)
        .append("\" role=\"img\" aria-label=\"")
        .append(Html.escape(caption))
        .append("\"></div><figcaption><b>Figure ")
        .append(++figures)
        .append(".</b> ")
        .append(Html.prose(caption))
        .append("</figcaption></figure>\n");
  }

  private void callout(String title, List<String> items) {
    out.append("<aside><h3>").append(Html.escape(title)).append("</h3><ul>\n");
    items.forEach(i -> out.append("<li>").append(Html.escape(i)).append("</li>\n"));
    out.append("</ul></aside>\n");
  }

  private void tableOrDetails(Table table, int mostRowsShown) {
    if (table.rows().size() <= mostRowsShown) {
      table(table);
      return;
    }
    out.append("<details><summary>Show all ")
        .append(table.rows().size())
        .append(" rows</summary>\n");
    table(table);
    out.append("</details>\n");
  }

  private void table(Table table) {
    tables.add(table);
    out.append(table.html());
  }
}
