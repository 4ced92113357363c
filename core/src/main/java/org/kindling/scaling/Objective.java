package org.kindling.scaling;

/** A differentiable function of a few parameters. Not thread-safe: it may keep scratch space. */
interface Objective {
  int dimensions();

  /**
   * The value at a point and, into {@code gradient}, its derivatives.
   *
   * @param at [dimensions], not changed
   * @param gradient [dimensions], overwritten
   */
  double valueAndGradient(double[] at, double[] gradient);
}
