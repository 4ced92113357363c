package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;

/** Training samples in the order of a run. For one thread. */
public interface SampleSource extends Closeable {
  /**
   * Fills one row of a batch with the sample that is drawn after {@code consumed} others.
   *
   * @param inputs [rows, context], row-major
   * @param targets [rows, context]: the token after each input
   */
  void read(long consumed, int[] inputs, int[] targets, int row) throws IOException;

  /**
   * Fills one row of a batch's weights and document starts, for the sample that {@link #read}
   * gives.
   *
   * @param weights [rows, context]: 0 where the target is the first token of a document that is
   *     kept apart, else 1
   * @param documentStarts [rows, context]: position within the row at which each input's document
   *     begins
   */
  void readMask(long consumed, float[] weights, int[] documentStarts, int row) throws IOException;

  /**
   * Sum of the weights of the sample that is drawn after {@code consumed} others, by the index
   * alone: no token is read.
   */
  double weight(long consumed) throws IOException;
}
