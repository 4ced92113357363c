package org.kindling.evaluation;

import java.io.IOException;
import java.util.List;
import org.kindling.corpus.TokenReader;
import org.kindling.model.Predictor;

/**
 * Exact validation loss. Each shard's tokens, in order, are cut into windows of {@code context}
 * predictions; neighbours share one token, the last window of a shard may be shorter, and every
 * token but a shard's first is predicted exactly once. If the reader keeps documents apart, the
 * first token of each is not predicted, and what counts is the other predictions.
 */
public final class ValidationWindows {
  private final long[] shardTokens;
  private final int context;
  private final long windows;

  /**
   * @param shardTokens tokens of each shard of the split, in order
   * @param context predictions per window, the context length of the model
   */
  public ValidationWindows(List<Long> shardTokens, int context) {
    this.shardTokens = shardTokens.stream().mapToLong(Long::longValue).toArray();
    this.context = context;
    long sum = 0;
    for (long tokens : this.shardTokens) {
      sum += windowsOf(tokens);
    }
    this.windows = sum;
  }

  /** Number of windows in the split. */
  public long windows() {
    return windows;
  }

  /** Number of predictions in the split, documents joined. */
  public long predictions() {
    long sum = 0;
    for (long tokens : shardTokens) {
      sum += Math.max(0, tokens - 1);
    }
    return sum;
  }

  /** As many leading windows as make up a number of predictions; all, if there are fewer. */
  public long windowsFor(long predictions) {
    return Math.min(windows, (predictions + context - 1) / context);
  }

  private long windowsOf(long tokens) {
    return (Math.max(0, tokens - 1) + context - 1) / context;
  }

  /**
   * Scores windows {@code from} (inclusive) to {@code to} (exclusive). Deterministic: the same
   * range gives the same bits.
   *
   * @param tokens the whole split, with documents joined or kept apart
   * @param sequences windows to score at once, at most what the model was made for
   */
  public LossSum score(Predictor model, TokenReader tokens, long from, long to, int sequences)
      throws IOException {
    WindowBatch windows = new WindowBatch(tokens, sequences, context);
    LossSum sum = LossSum.NONE;
    long shardStart = 0;
    long firstWindow = 0;
    for (long shard : shardTokens) {
      long last = Math.min(to, firstWindow + windowsOf(shard));
      for (long w = Math.max(from, firstWindow); w < last; w++) {
        long at = (w - firstWindow) * context;
        int length = (int) Math.min(context, shard - 1 - at);
        if (length < context) {
          sum = sum.plus(windows.score(model));
        }
        windows.add(shardStart + at, length);
        if (windows.rows() == sequences || length < context) {
          sum = sum.plus(windows.score(model));
        }
      }
      firstWindow += windowsOf(shard);
      shardStart += shard;
    }
    return sum.plus(windows.score(model));
  }
}
