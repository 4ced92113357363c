package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What a reader of a fit should know before believing it. */
final class FitWarnings {
  private static final double VANISHED = 1e-3;
  private static final double FEWEST_COMFORTABLE = 10;
  private static final double NARROW = 4;
  private static final double COLLINEAR = 0.98;

  private final List<String> sentences = new ArrayList<>();

  private FitWarnings() {}

  static List<String> of(ParametricFit fit, List<ScalingPoint> points) {
    FitWarnings warnings = new FitWarnings();
    warnings.aboutExponents(fit);
    warnings.aboutIntervals(fit);
    warnings.aboutSpread(points);
    warnings.aboutSearch(fit);
    return warnings.sentences;
  }

  private void add(String format, Object... arguments) {
    sentences.add(String.format(Locale.ROOT, format, arguments));
  }

  private void aboutExponents(ParametricFit fit) {
    if (fit.alpha() <= 0) {
      add(
          "alpha is %.3g: in these runs the loss does not fall with parameters, and the law must"
              + " not be used to choose sizes.",
          fit.alpha());
    }
    if (fit.beta() <= 0) {
      add(
          "beta is %.3g: in these runs the loss does not fall with tokens, and the law must not"
              + " be used to choose sizes.",
          fit.beta());
    }
    if (fit.alpha() > 0 && fit.beta() > 0 && !fit.law().hasOptimum()) {
      add(
          "An exponent is so large (alpha %.3g, beta %.3g) that its scale has left the range of"
              + " numbers: the runs do not determine the law, and it names no best sizes.",
          fit.alpha(), fit.beta());
    }
    if (fit.irreducible() < VANISHED) {
      add(
          "E has vanished (%.1g nats): these runs show no irreducible loss, so the power terms"
              + " carry it and extrapolations will be too low.",
          fit.irreducible());
    }
  }

  private void aboutIntervals(ParametricFit fit) {
    for (Map.Entry<String, Interval> entry : fit.ci95().entrySet()) {
      Interval interval = entry.getValue();
      boolean exponent = entry.getKey().equals("alpha") || entry.getKey().equals("beta");
      if (exponent && interval.lower() <= 0 && interval.upper() > 0) {
        add(
            "The 95%% interval of %s, %.2g to %.2g, holds zero: the runs do not determine it.",
            entry.getKey(), interval.lower(), interval.upper());
      }
    }
    Interval irreducible = fit.ci95().get("E");
    if (irreducible != null && irreducible.lower() < VANISHED && fit.irreducible() >= VANISHED) {
      add(
          "The 95%% interval of E reaches down to zero: the runs do not determine the irreducible"
              + " loss.");
    }
    if (fit.points() < Bootstrap.FEWEST_POINTS) {
      add(
          "%d runs are too few for intervals, which need %d.",
          fit.points(), Bootstrap.FEWEST_POINTS);
    }
  }

  private void aboutSpread(List<ScalingPoint> points) {
    if (points.size() < FEWEST_COMFORTABLE) {
      add(
          "%d runs for the %d parameters of the law: expect it to follow their noise.",
          points.size(), ParametricFit.PARAMETERS);
    }
    narrow("parameters", points, ScalingPoint::parameters);
    narrow("tokens", points, ScalingPoint::tokens);
    double correlation = correlation(points);
    if (Math.abs(correlation) > COLLINEAR) {
      add(
          "Parameters and tokens go together (correlation of logarithms %.3f), so their effects"
              + " can hardly be told apart; vary tokens per parameter%s.",
          correlation, correlation < 0 ? " at more than one budget" : "");
    }
    double[] k =
        points.stream()
            .mapToDouble(p -> p.flops() / p.parameters() / p.tokens())
            .sorted()
            .toArray();
    if (k[k.length - 1] / k[0] > 1.1) {
      add(
          "FLOPs per parameter and token vary from %.3g to %.3g; optimal sizes are computed with"
              + " their geometric mean, %.3g.",
          k[0], k[k.length - 1], Budget.geometricFlopsPerParameterToken(points));
    }
  }

  private void narrow(
      String what, List<ScalingPoint> points, ToDoubleFunction<ScalingPoint> quantity) {
    double[] sorted = points.stream().mapToDouble(quantity).sorted().toArray();
    double ratio = sorted[sorted.length - 1] / sorted[0];
    if (ratio < NARROW) {
      add(
          "The largest number of %s is only %.2g times the smallest; a power law over so narrow a"
              + " range is weakly determined.",
          what, ratio);
    }
  }

  /** Whether parameters and tokens go together, so that their effects cannot be told apart. */
  static boolean isCollinear(List<ScalingPoint> points) {
    return !(Math.abs(correlation(points)) <= COLLINEAR);
  }

  private static double correlation(List<ScalingPoint> points) {
    double[] n = points.stream().mapToDouble(p -> Math.log(p.parameters())).toArray();
    double[] d = points.stream().mapToDouble(p -> Math.log(p.tokens())).toArray();
    return new org.apache.commons.math3.stat.correlation.PearsonsCorrelation().correlation(n, d);
  }

  private void aboutSearch(ParametricFit fit) {
    if (fit.startsAtOptimum() < 0.01 * fit.starts()) {
      add(
          "Only %d of %d starts of the search reached the optimum: it may be narrow, or one of"
              + " several.",
          fit.startsAtOptimum(), fit.starts());
    }
  }
}
