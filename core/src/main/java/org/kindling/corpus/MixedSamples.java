package org.kindling.corpus;

import java.io.IOException;
import java.util.List;

/**
 * Draws training samples from several sources. Which source a sample comes from, and which of its
 * samples it is, follows from how many were drawn before. For one thread.
 */
public final class MixedSamples implements SampleSource {
  private final MixtureOrder order;
  private final List<SampleReader> readers;

  MixedSamples(MixtureOrder order, List<SampleReader> readers) {
    this.order = order;
    this.readers = List.copyOf(readers);
  }

  @Override
  public void read(long consumed, int[] inputs, int[] targets, int row) throws IOException {
    int source = order.source(consumed);
    readers.get(source).read(order.served(source, consumed), inputs, targets, row);
  }

  @Override
  public void readMask(long consumed, float[] weights, int[] documentStarts, int row)
      throws IOException {
    int source = order.source(consumed);
    readers.get(source).readMask(order.served(source, consumed), weights, documentStarts, row);
  }

  @Override
  public double weight(long consumed) throws IOException {
    int source = order.source(consumed);
    return readers.get(source).weight(order.served(source, consumed));
  }

  @Override
  public void close() throws IOException {
    for (SampleReader reader : readers) {
      reader.close();
    }
  }
}
