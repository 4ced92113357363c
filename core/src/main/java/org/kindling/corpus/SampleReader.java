package org.kindling.corpus;

import java.io.IOException;

/**
 * Draws training samples. Sample k is the tokens k · context to k · context + context of a split,
 * context + 1 of them: each predicts its successor, and neighbouring samples share one token.
 * Whether documents are kept apart is the token reader's to say. For one thread.
 *
 * <pre>{@code
 * var samples = new SampleReader(dataset.tokens("train"), 64, seed);
 * samples.read(consumed + i, inputs, targets, i); // row i of a batch
 * }</pre>
 */
public final class SampleReader implements SampleSource {
  private final TokenReader tokens;
  private final int context;
  private final SampleOrder order;
  private final int[] sample;
  private final DocumentMask mask;

  /**
   * @param tokens closed together with this reader
   * @param context predictions per sample
   * @param seed of the order
   * @throws IllegalArgumentException if there are not tokens enough for one sample
   */
  public SampleReader(TokenReader tokens, int context, long seed) {
    requireSample(tokens.name(), tokens.tokens(), context);
    this.tokens = tokens;
    this.context = context;
    this.order = new SampleOrder(samples(tokens.tokens(), context), seed);
    this.sample = new int[context + 1];
    this.mask = new DocumentMask(tokens, context);
  }

  /** Samples of a split of that many tokens. */
  static long samples(long tokens, int context) {
    return Math.max(0, tokens - 1) / context;
  }

  /**
   * Refuses a split from which not one sample can be taken.
   *
   * @param name of the split, for the message
   */
  static void requireSample(String name, long tokens, int context) {
    if (context < 1) {
      throw new IllegalArgumentException("context must be at least 1 token, found " + context);
    }
    if (tokens < context + 1L) {
      throw new IllegalArgumentException(
          String.format(
              "%s has %d tokens, one sample of context %d needs %d; use a shorter context or more text",
              name, tokens, context, context + 1L));
    }
  }

  /** Samples per epoch. */
  public long samples() {
    return order.samples();
  }

  @Override
  public void read(long consumed, int[] inputs, int[] targets, int row) throws IOException {
    tokens.read(order.sample(consumed) * context, sample, 0, context + 1);
    System.arraycopy(sample, 0, inputs, row * context, context);
    System.arraycopy(sample, 1, targets, row * context, context);
  }

  @Override
  public void readMask(long consumed, float[] weights, int[] documentStarts, int row)
      throws IOException {
    long position = order.sample(consumed) * context;
    mask.fill(position, context, weights, documentStarts, row * context);
  }

  @Override
  public double weight(long consumed) throws IOException {
    return mask.weight(order.sample(consumed) * context, context);
  }

  @Override
  public void close() throws IOException {
    tokens.close();
  }
}
