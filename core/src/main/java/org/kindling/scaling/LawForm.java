package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The forms of L(N, D) that are compared. Each is the general law L = E + (A/N^α + B/D^β)^γ with
 * some of its parameters held.
 */
public enum LawForm {
  /** E + A/N^α + B/D^β (Hoffmann et al. 2022, equation 2). */
  HOFFMANN("hoffmann", "E + A/N^alpha + B/D^beta", free(0, 1, 2, 3, 4), held(0, 0, 0, 0, 0, 0)),
  /**
   * [(Nc/N)^(αN/αD) + Dc/D]^αD (Kaplan et al. 2020, equation 1.5): no E, β = 1, γ = αD, α = αN/αD.
   */
  KAPLAN(
      "kaplan",
      "[(Nc/N)^(alphaN/alphaD) + Dc/D]^alphaD",
      free(1, 2, 3, 5),
      held(LawForm.NOTHING, 0, 0, 0, 1, 0)),
  /** E + (A/N^α + B/D^β)^γ: Kaplan's outer exponent with Hoffmann's E; γ = 1 is Hoffmann's. */
  GENERALISED(
      "generalised",
      "E + (A/N^alpha + B/D^beta)^gamma",
      free(0, 1, 2, 3, 4, 5),
      held(0, 0, 0, 0, 0, 0)),
  /** E + A/N^α: as if tokens did not matter. */
  PARAMETERS_ONLY(
      "parameters only", "E + A/N^alpha", free(0, 1, 2), held(0, 0, 0, LawForm.NOTHING, 0, 0)),
  /** E + B/D^β: as if parameters did not matter. */
  TOKENS_ONLY("tokens only", "E + B/D^beta", free(0, 3, 4), held(0, LawForm.NOTHING, 0, 0, 0, 0));

  /** The logarithm of a term that is not there. */
  private static final double NOTHING = -1e4;

  private final String label;
  private final String formula;
  private final int[] free;
  private final double[] held;

  LawForm(String label, String formula, int[] free, double[] held) {
    this.label = label;
    this.formula = formula;
    this.free = free;
    this.held = held;
  }

  private static int[] free(int... indices) {
    return indices;
  }

  private static double[] held(double... values) {
    return values;
  }

  @JsonValue
  public String label() {
    return label;
  }

  public String formula() {
    return formula;
  }

  /** Indices of the parameters that are fitted. */
  int[] free() {
    return free;
  }

  /** [6], the values of the others. */
  double[] held() {
    return held;
  }

  boolean isFree(int index) {
    return Arrays.stream(free).anyMatch(k -> k == index);
  }

  /** All six parameters, those not free as this form holds them. */
  double[] completed(double[] law) {
    return IntStream.range(0, law.length).mapToDouble(k -> isFree(k) ? law[k] : held[k]).toArray();
  }
}
