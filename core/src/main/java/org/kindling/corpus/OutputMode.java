package org.kindling.corpus;

/**
 * What may become of earlier work in the same place.
 *
 * @param overwrite whether a dataset that is there may be replaced, and unfinished work dropped
 * @param resume whether to go on with unfinished work, if there is some
 */
public record OutputMode(boolean overwrite, boolean resume) {
  /** A dataset where there is none. */
  public static final OutputMode CREATE = new OutputMode(false, false);

  /** A dataset in place of another. */
  public static final OutputMode OVERWRITE = new OutputMode(true, false);

  /** A dataset that an earlier job has begun. */
  public static final OutputMode RESUME = new OutputMode(false, true);
}
