package org.kindling.evaluation;

import java.io.Serializable;

/**
 * The {@code evaluation} section of a run's settings: validation loss during training. The {@code
 * evaluate} job measures checkpoints on the whole split and does not look here.
 *
 * @param everyRounds rounds between evaluations; 0 evaluates never
 * @param tokens how much of the validation split to use, in predictions
 */
public record EvaluationSettings(int everyRounds, long tokens) implements Serializable {
  public static final EvaluationSettings DEFAULTS = new EvaluationSettings(10, 100_000);

  public EvaluationSettings {
    if (everyRounds < 0) {
      throw new IllegalArgumentException(
          "evaluation.everyRounds: expected at least 0, found " + everyRounds);
    }
    if (tokens < 1) {
      throw new IllegalArgumentException("evaluation.tokens: expected at least 1, found " + tokens);
    }
  }
}
