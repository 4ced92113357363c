package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Approach 3 by the likelihood with a fitted scale: Hoffmann's form by least absolute deviations.
 *
 * @param parametersExponent a of N_opt ∝ C^a, NaN if the law has no optimum
 * @param tokensExponent b of D_opt ∝ C^b
 * @param scale of the errors: mean |ln measured − ln predicted|
 * @see <a href="https://arxiv.org/abs/2404.10102">Besiroglu et al. 2024</a>
 */
public record LeastAbsoluteFit(
    @JsonProperty("E") double irreducible,
    @JsonProperty("A") double parametersScale,
    @JsonProperty("B") double tokensScale,
    double alpha,
    double beta,
    @JsonProperty("a") double parametersExponent,
    @JsonProperty("b") double tokensExponent,
    double scale,
    double logLikelihood,
    double aic,
    double bic) {
  /** Null if the points were too few for the form. */
  static LeastAbsoluteFit of(List<FormFit> forms) {
    for (FormFit fit : forms) {
      if (fit.form() == LawForm.HOFFMANN) {
        return of(fit);
      }
    }
    return null;
  }

  private static LeastAbsoluteFit of(FormFit fit) {
    ParametricLaw law =
        new ParametricLaw(
            fit.values().get("E"),
            fit.values().get("A"),
            fit.values().get("B"),
            fit.values().get("alpha"),
            fit.values().get("beta"));
    return new LeastAbsoluteFit(
        law.irreducible(),
        law.parametersScale(),
        law.tokensScale(),
        law.alpha(),
        law.beta(),
        law.parametersExponent(),
        law.tokensExponent(),
        fit.scale(),
        fit.logLikelihood(),
        fit.aic(),
        fit.bic());
  }

  public ParametricLaw asLaw() {
    return new ParametricLaw(irreducible, parametersScale, tokensScale, alpha, beta);
  }
}
