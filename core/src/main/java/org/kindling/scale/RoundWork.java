package org.kindling.scale;

/**
 * What the busiest executor and the driver have to do in a part of a round: the terms that {@link
 * Coefficients} are multiplied with.
 *
 * @param rounds 1 where the part has what a round takes whatever its size
 * @param tasks that the driver starts
 * @param questions of executors to the driver, where a block is
 * @param fetches of blocks from other executors, one after the other
 * @param numbers coded, decoded or added
 * @param bytes sent or received
 * @param linkSeconds that those take on the link at its full rate
 * @param waitSeconds of delay in round trips that follow one another
 */
record RoundWork(
    double rounds,
    double tasks,
    double questions,
    double fetches,
    double numbers,
    double bytes,
    double linkSeconds,
    double waitSeconds) {
  /**
   * Of the driver for a question where a block is. Assumed, not fitted: clusters that can be
   * measured here are too small to show it. Spark's driver answers some tens of thousands of small
   * messages a second.
   */
  static final double QUESTION_SECONDS = 30e-6;

  RoundWork plus(RoundWork other) {
    return new RoundWork(
        rounds + other.rounds,
        tasks + other.tasks,
        questions + other.questions,
        fetches + other.fetches,
        numbers + other.numbers,
        bytes + other.bytes,
        linkSeconds + other.linkSeconds,
        waitSeconds + other.waitSeconds);
  }

  /**
   * @param contention how many executors share a core
   */
  double seconds(Coefficients c, double contention) {
    double executor =
        c.fetchSeconds() * fetches + c.numberSeconds() * numbers + c.byteSeconds() * bytes;
    return c.roundSeconds() * rounds
        + c.taskSeconds() * tasks
        + QUESTION_SECONDS * questions
        + contention * executor
        + c.linkFactor() * linkSeconds
        + c.waitFactor() * waitSeconds;
  }

  /** The terms in the order of {@link #coefficients}, and what is known without a fit. */
  double[] terms(double contention) {
    return new double[] {
      rounds,
      tasks,
      contention * fetches,
      contention * numbers,
      contention * bytes,
      linkSeconds,
      waitSeconds
    };
  }

  /** Seconds that no coefficient decides on: the link is never faster than it is. */
  double knownSeconds() {
    return linkSeconds + QUESTION_SECONDS * questions;
  }

  /** The inverse of {@link #terms}, where {@code linkFactor} is what goes beyond 1. */
  static Coefficients coefficients(double[] found) {
    return new Coefficients(
        found[0], found[1], found[2], found[3], found[4], 1 + found[5], found[6]);
  }
}
