package org.kindling.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A line of {@code decisions.jsonl}: what was decided of a round that the settings do not say. It
 * is about the workers of the round and of those after it, or about which of them counted in this
 * round; the other components are absent then.
 *
 * @param round the first round, or the one, that it is about, from 1
 * @param workers of the rounds from this one on
 * @param settings what the settings said of workers when this was decided, in words
 * @param request the request that set them by hand
 * @param counted workers whose results were averaged in the round, ascending, from 0
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Decision(
    long round, Integer workers, String settings, String request, List<Integer> counted) {
  public Decision {
    if (round < 1) {
      throw new IllegalArgumentException("round: expected at least 1, found " + round);
    }
    if ((workers == null) == (counted == null) || (workers == null) != (settings == null)) {
      throw new IllegalArgumentException("expected workers and settings, or counted");
    }
    if (workers != null && workers < 1) {
      throw new IllegalArgumentException("workers: expected at least 1, found " + workers);
    }
    if (counted != null) {
      counted = List.copyOf(counted);
      requireAscending(counted);
    }
  }

  private static void requireAscending(List<Integer> counted) {
    int before = -1;
    for (int worker : counted) {
      if (worker <= before) {
        throw new IllegalArgumentException(
            "counted: expected ascending numbers of workers, found " + counted);
      }
      before = worker;
    }
    if (counted.isEmpty()) {
      throw new IllegalArgumentException("counted: expected at least one worker");
    }
  }

  /** As the settings say, from a round on. */
  static Decision bySettings(long round, int workers, String settings) {
    return new Decision(round, workers, settings, null, null);
  }

  /** As someone asked, from a round on. */
  static Decision byHand(long round, ScaleRequest request, String settings) {
    return new Decision(round, request.workers(), settings, request.id(), null);
  }

  /** Which workers counted in a round. */
  public static Decision counted(long round, List<Integer> workers) {
    return new Decision(round, null, null, null, workers);
  }
}
