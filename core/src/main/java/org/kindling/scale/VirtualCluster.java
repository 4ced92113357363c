package org.kindling.scale;

/**
 * Executors that do not exist.
 *
 * @param network their links
 * @param coefficients of the model of rounds
 * @param stepSeconds of a step of an executor of speed 1
 * @param spread of their speeds: the standard deviation of the logarithm
 * @param stragglers part of them that is slower still
 * @param slowdown how many times slower those are
 * @param lossesPerHour of one executor, in the mean
 * @param replaceSeconds from the loss of an executor until another takes its place
 * @param seed of all that is drawn
 */
public record VirtualCluster(
    Network network,
    Coefficients coefficients,
    double stepSeconds,
    double spread,
    double stragglers,
    double slowdown,
    double lossesPerHour,
    double replaceSeconds,
    long seed) {
  public VirtualCluster {
    least("step seconds", stepSeconds, 0);
    least("spread", spread, 0);
    least("stragglers", stragglers, 0);
    least("slowdown", slowdown, 1);
    least("losses per hour", lossesPerHour, 0);
    least("replace seconds", replaceSeconds, 0);
    if (stragglers > 1) {
      throw new IllegalArgumentException(
          "stragglers: expected a part of the executors, 0 to 1, found " + stragglers);
    }
  }

  private static void least(String name, double value, double least) {
    if (!(value >= least) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          name + ": expected at least " + least + ", found " + value);
    }
  }

  /** All of one speed, and none is ever lost. */
  static VirtualCluster perfect(Network network, Coefficients coefficients, double stepSeconds) {
    return new VirtualCluster(network, coefficients, stepSeconds, 0, 0, 1, 0, 0, 1);
  }
}
