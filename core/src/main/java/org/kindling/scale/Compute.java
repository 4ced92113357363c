package org.kindling.scale;

/**
 * How fast an executor trains.
 *
 * @param tokensPerSecond of one executor on any model; 0 if FLOP/s say it
 * @param flopsPerSecond of one executor, at 6 · N a token; 0 if tokens say it
 * @param tokensPerStep of one worker
 */
public record Compute(double tokensPerSecond, double flopsPerSecond, long tokensPerStep) {
  public Compute {
    if ((tokensPerSecond > 0) == (flopsPerSecond > 0)) {
      throw new IllegalArgumentException(
          "compute: expected tokens per second or FLOP/s of an executor, above 0; give one of them");
    }
    if (tokensPerStep < 1) {
      throw new IllegalArgumentException(
          "compute: expected at least 1 token a step, found " + tokensPerStep);
    }
  }

  /** Of a worker's step. */
  public double stepSeconds(long parameters) {
    double speed = tokensPerSecond > 0 ? tokensPerSecond : flopsPerSecond / (6.0 * parameters);
    return tokensPerStep / speed;
  }
}
