package org.kindling.training;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a round finds out whose results count. Either that was decided before, and the round is done
 * again, or so many workers have to be done, and the others have some time more. What is decided is
 * on record before it is used, so that a replay has the same bits.
 */
public interface Quorum {
  /** The workers that count, ascending, if that was decided before. */
  Optional<List<Integer>> decided();

  /** Workers that have to be done. */
  int least();

  /** How long the others may take from then on. */
  Duration grace();

  /**
   * Puts a decision on record.
   *
   * @param workers that count, ascending
   */
  void decide(List<Integer> workers) throws IOException;
}
