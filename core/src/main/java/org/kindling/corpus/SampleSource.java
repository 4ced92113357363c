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
}
