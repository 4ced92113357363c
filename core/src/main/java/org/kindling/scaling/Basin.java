package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An optimum that starts of the search ended at.
 *
 * @param objective there
 * @param starts that ended there
 * @param law there
 */
public record Basin(double objective, int starts, ParametricLaw law) {
  /** Different optima listed; the last entry of a table may stand for many more. */
  static final int MOST = 8;

  private static final double SAME = 1e-6;

  /** From the lowest; starts beyond the last are not listed. */
  static List<Basin> of(double[] values, List<double[]> ends) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(i -> i)
            .toArray();
    List<Basin> basins = new ArrayList<>();
    int at = 0;
    while (at < order.length && basins.size() < MOST) {
      double lowest = values[order[at]];
      int first = at;
      while (at < order.length && values[order[at]] <= lowest + SAME * (1 + Math.abs(lowest))) {
        at++;
      }
      double[] law = Arrays.copyOf(ends.get(order[first]), ParametricFit.PARAMETERS);
      basins.add(new Basin(lowest * PowerSumObjective.DELTA, at - first, ParametricFit.law(law)));
    }
    return basins;
  }
}
