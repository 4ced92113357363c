package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Profiles of the Laplace likelihood with a fitted scale, of Hoffmann's form.
 *
 * <p>The deviance is 2·n·ln(S/S₀), S the sum of absolute deviations with the quantity held, S₀ the
 * least. Where errors follow Laplace's distribution, 95% reach up to the square of Student's
 * quantile; for other errors the limit is that times 1/(2·f·s), f the density of errors at zero and
 * s their mean size, both estimated: 1.57 for a normal distribution.
 *
 * @see <a href="https://doi.org/10.1080/01621459.1999.10473882">Koenker and Machado 1999, section
 *     3, for the limit</a>
 */
final class ProfileLikelihood {
  private static final double DELTA = 1e-5;
  private static final double COARSE = 1e-3;
  private static final int POINTS_PER_SIDE = 12;
  private static final int MOST_STEPS = 60;

  /** Below this mean error a fit is exact, and its likelihood has no width. */
  private static final double EXACT = 1e-8;

  /** Holds one quantity and leaves four coordinates; the chain rule on the way back. */
  private record Held(FormObjective objective, Quantity quantity, double value)
      implements Objective {
    @Override
    public int dimensions() {
      return objective.dimensions() - 1;
    }

    @Override
    public double valueAndGradient(double[] at, double[] gradient) {
      double[] full = quantity.expand(at, value);
      double[] slopes = new double[full.length];
      double result = objective.valueAndGradient(full, slopes);
      quantity.contract(slopes, value, gradient);
      return result;
    }
  }

  /** Coordinates: ln E, a, α, b, β. The exponent of N_opt is β/(α+β), its partner α+β. */
  private enum Quantity {
    E("E", 0),
    ALPHA("alpha", 2),
    BETA("beta", 4),
    EXPONENT("a", -1);

    private final String label;
    private final int index;

    Quantity(String label, int index) {
      this.label = label;
      this.index = index;
    }

    double of(double[] p) {
      return switch (this) {
        case E -> Math.exp(p[0]);
        case EXPONENT -> p[4] / (p[2] + p[4]);
        default -> p[index];
      };
    }

    double[] reduce(double[] p) {
      if (this == EXPONENT) {
        return new double[] {p[0], p[1], p[3], p[2] + p[4]};
      }
      double[] rest = new double[p.length - 1];
      for (int k = 0, j = 0; k < p.length; k++) {
        if (k != index) {
          rest[j++] = p[k];
        }
      }
      return rest;
    }

    double[] expand(double[] rest, double value) {
      if (this == EXPONENT) {
        double sum = rest[3];
        return new double[] {rest[0], rest[1], sum * (1 - value), rest[2], sum * value};
      }
      double[] p = new double[rest.length + 1];
      for (int k = 0, j = 0; k < p.length; k++) {
        p[k] = k == index ? (this == E ? Math.log(value) : value) : rest[j++];
      }
      return p;
    }

    void contract(double[] slopes, double value, double[] gradient) {
      if (this == EXPONENT) {
        gradient[0] = slopes[0];
        gradient[1] = slopes[1];
        gradient[2] = slopes[3];
        gradient[3] = slopes[2] * (1 - value) + slopes[4] * value;
        return;
      }
      for (int k = 0, j = 0; k < slopes.length; k++) {
        if (k != index) {
          gradient[j++] = slopes[k];
        }
      }
    }
  }

  private final FormObjective coarse;
  private final FormObjective fine;
  private final double[] best;
  private final double least;
  private final int points;
  private final double threshold;

  private ProfileLikelihood(List<ScalingPoint> points, double[] law) {
    this.coarse = new FormObjective(LawForm.HOFFMANN, points, COARSE);
    this.fine = new FormObjective(LawForm.HOFFMANN, points, DELTA);
    this.best = coarse.centred(law);
    this.points = points.size();
    double[] residuals = coarse.residuals(best);
    this.least = LeastAbsolute.sum(residuals);
    int freedom = Math.max(1, points.size() - ParametricFit.PARAMETERS);
    double student = new TDistribution(freedom).inverseCumulativeProbability(0.975);
    this.threshold = student * student * Math.max(1, sparsity(residuals, least / points.size()));
  }

  /**
   * The four curves; none for an exact fit or too few points.
   *
   * @param law [6], of the least absolute deviations
   */
  static List<ProfileCurve> of(List<ScalingPoint> points, double[] law) {
    ProfileLikelihood profile = new ProfileLikelihood(points, law);
    boolean hasWidth =
        points.size() >= Bootstrap.FEWEST_POINTS && profile.least > EXACT * points.size();
    if (!hasWidth || law[2] + law[4] <= 0) {
      return List.of();
    }
    return Arrays.stream(Quantity.values()).map(profile::curve).toList();
  }

  /** 1/(2·f·s) of the class comment, f from the share of small errors (Bofinger's width). */
  private static double sparsity(double[] residuals, double mean) {
    double[] sizes = Arrays.stream(residuals).map(Math::abs).sorted().toArray();
    // The law goes through as many points as it has parameters: they say nothing of the density.
    int n = sizes.length - ParametricFit.PARAMETERS;
    if (n < ParametricFit.PARAMETERS || !(mean > 0)) {
      return 1;
    }
    double share = Math.min(0.5, 1.5 * Math.pow(n, -0.2));
    double width = sizes[ParametricFit.PARAMETERS + (int) (share * (n - 1))];
    return width / (share * mean);
  }

  private ProfileCurve curve(Quantity quantity) {
    double estimate = quantity.of(best);
    List<ProfileCurve.Point> curve = new ArrayList<>();
    double lower = side(quantity, estimate, -1, curve);
    curve.add(new ProfileCurve.Point(estimate, 0));
    double upper = side(quantity, estimate, 1, curve);
    curve.sort((p, q) -> Double.compare(p.value(), q.value()));
    return new ProfileCurve(quantity.label, estimate, new Interval(lower, upper), threshold, curve);
  }

  /** Steps away from the estimate until the limit is well passed; where it is crossed, or NaN. */
  private double side(
      Quantity quantity, double estimate, int sign, List<ProfileCurve.Point> curve) {
    double step = sign * firstStep(quantity, estimate, sign);
    double[] rest = quantity.reduce(best);
    double crossed = Double.NaN;
    double lastValue = estimate;
    double lastRoot = 0;
    for (int k = 1; k <= MOST_STEPS; k++) {
      double value = estimate + k * step;
      if (quantity == Quantity.E && value <= 0 || quantity == Quantity.EXPONENT && value >= 1) {
        break;
      }
      double deviance = deviance(quantity, value, rest);
      curve.add(new ProfileCurve.Point(value, deviance));
      double root = Math.sqrt(deviance);
      double limit = Math.sqrt(threshold);
      if (Double.isNaN(crossed) && root >= limit) {
        crossed = lastValue + (value - lastValue) * (limit - lastRoot) / (root - lastRoot);
      }
      if (deviance > 2 * threshold) {
        break;
      }
      lastValue = value;
      lastRoot = root;
    }
    return crossed;
  }

  /** A step with which the limit is reached in about a dozen. */
  private double firstStep(Quantity quantity, double estimate, int sign) {
    double distance = 0.02 * Math.max(Math.abs(estimate), 1e-3);
    for (int k = 0; k < 30; k++) {
      double value = estimate + sign * distance;
      boolean outside =
          quantity == Quantity.E && value <= 0 || quantity == Quantity.EXPONENT && value >= 1;
      if (outside) {
        return distance / 4 / POINTS_PER_SIDE;
      }
      double deviance = deviance(quantity, value, quantity.reduce(best));
      if (deviance > 2 * threshold) {
        distance /= 1.7;
      } else if (deviance < threshold) {
        distance *= 1.5;
      } else {
        break;
      }
    }
    return distance / POINTS_PER_SIDE;
  }

  /** Fits the rest again from where it was; overwrites it. */
  private double deviance(Quantity quantity, double value, double[] rest) {
    new Bfgs(new Held(coarse, quantity, value), 1e-6).minimize(rest);
    new Bfgs(new Held(fine, quantity, value), 1e-6).minimize(rest);
    double sum = LeastAbsolute.sum(coarse.residuals(quantity.expand(rest, value)));
    return Math.max(0, 2 * points * Math.log(sum / least));
  }
}
