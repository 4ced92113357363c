package org.kindling.report;

import static org.kindling.scaling.Numbers.significant;

import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ScalingFit;

/** What every symbol and method of the page means. */
final class MethodSection {
  private final ReportInput input;
  private final StringBuilder list = new StringBuilder();

  MethodSection(ReportInput input) {
    this.input = input;
  }

  void addTo(Page page) {
    page.section("method", "Method");
    Conventions conventions = page.conventions();
    define(
        "Loss",
        "Mean cross-entropy over validation tokens in nats per token; every token counts once.");
    define(
        "Bits per byte", "Loss · tokens / (bytes of text · ln 2), comparable across vocabularies.");
    define(
        "N",
        conventions.parameters().equals("all")
            ? "Number of all parameters of the model, embeddings included."
            : "Number of parameters of the model without embeddings.");
    define("D", "Tokens trained on, repetitions counted.");
    define(
        "C",
        "Training compute in floating-point operations: "
            + conventions.computeRule()
            + "."
            + input
                .fit()
                .map(
                    f ->
                        " Best sizes divide a budget by C = "
                            + significant(f.flopsPerParameterToken(), 3)
                            + "·N·D.")
                .orElse(""));
    input.fit().ifPresent(this::methods);
    page.html("<dl>\n" + list + "</dl>\n");
    page.html(
        "<p class=\"sources\">Hoffmann et al. 2022, <cite>Training Compute-Optimal Large Language"
            + " Models</cite>, arXiv:2203.15556. Kaplan et al. 2020, <cite>Scaling Laws for Neural"
            + " Language Models</cite>, arXiv:2001.08361. Besiroglu et al. 2024, <cite>Chinchilla"
            + " Scaling: A replication attempt</cite>, arXiv:2404.10102.</p>\n");
  }

  private void methods(ScalingFit fit) {
    ParametricFit p = fit.parametric();
    define(
        "Approach 1",
        "The envelope: finished runs that no cheaper run beats; power laws of C through their N"
            + " and D.");
    define(
        "Approach 2",
        "isoFLOP: runs whose compute differs by rounding form a budget; a least-squares parabola"
            + " in ln N gives its minimum, and a line through the logarithms the exponent."
            + " Intervals are of losses drawn anew around the parabolas.");
    define(
        "Approach 3",
        "L(N, D) = E + A/N^α + B/D^β: the sum of Huber losses (δ = 10⁻³) of ln L is minimised by"
            + " BFGS from "
            + Words.count(p.starts(), "start")
            + ". Only finished runs are fitted. Least absolute deviations fit the same form with a"
            + " scale of the errors, which is a likelihood.");
    define(
        "L(C)",
        "a·C^−b + c through "
            + (fit.power().source().equals("frontier")
                ? "all runs, the loss of each divided by what the law says it loses by its size."
                : "the runs of the envelope."));
    define(
        "Intervals",
        p.ci95().isEmpty()
            ? "None were computed."
            : "Middle 95% of laws refitted to "
                + fit.settings().bootstrap()
                + " resamples of the runs (seed "
                + fit.settings().seed()
                + "). The interval of a run's loss adds the noise of runs, the disagreement with a"
                + " form that has an outer exponent, and what rolling cutoffs have shown errors to"
                + " grow by.");
    define(
        "AIC, BIC",
        "2·parameters − 2·ln likelihood, and parameters·ln runs − 2·ln likelihood; lower is"
            + " better.");
  }

  private void define(String term, String meaning) {
    list.append("<dt>")
        .append(Html.prose(term))
        .append("</dt><dd>")
        .append(Html.prose(meaning))
        .append("</dd>\n");
  }
}
