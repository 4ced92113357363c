package org.kindling.training;

/**
 * How far a run has come. Everything a round does follows from this and the settings.
 *
 * @param round rounds finished
 * @param step optimizer steps finished
 * @param samples sequences seen by all workers together
 * @param tokens predictions gone through, samples · context: also those of weight 0, which cost as
 *     much
 */
public record Progress(long round, long step, long samples, long tokens) {
  public static final Progress START = new Progress(0, 0, 0, 0);

  /** The work of the next round, by so many workers. */
  public RoundPlan next(TrainingSettings settings, int workers) {
    int steps = (int) Math.min(settings.localSteps(), settings.steps() - step);
    return new RoundPlan(round + 1, step, steps, samples, workers);
  }

  /** The position after a round. */
  public Progress after(RoundPlan plan, TrainingSettings settings, int context) {
    long seen = plan.steps() * plan.samplesPerStep(settings);
    return new Progress(
        plan.round(), step + plan.steps(), samples + seen, tokens + seen * (long) context);
  }
}
