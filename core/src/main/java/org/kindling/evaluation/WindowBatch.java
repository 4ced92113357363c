package org.kindling.evaluation;

import java.io.IOException;
import org.kindling.corpus.DocumentMask;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.TokenReader;
import org.kindling.model.Predictor;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;

/**
 * Windows of equal length that are scored at once. Where the reader keeps documents apart, the
 * predictions are those within documents. Not thread-safe.
 */
final class WindowBatch {
  private final TokenReader tokens;
  private final int[] inputs;
  private final int[] targets;
  private final int[] window;

  /** Null where documents are joined, as the two below. */
  private final DocumentMask mask;

  private final float[] weights;
  private final int[] documentStarts;
  private int rows;
  private int length;

  /**
   * @param sequences most windows at once
   * @param context longest window
   */
  WindowBatch(TokenReader tokens, int sequences, int context) {
    this.tokens = tokens;
    this.inputs = new int[sequences * context];
    this.targets = new int[sequences * context];
    this.window = new int[context + 1];
    boolean separate = tokens.documents() == DocumentMode.SEPARATE;
    this.mask = separate ? new DocumentMask(tokens, context) : null;
    this.weights = separate ? new float[sequences * context] : null;
    this.documentStarts = separate ? new int[sequences * context] : null;
  }

  /** Number of windows that wait to be scored. */
  int rows() {
    return rows;
  }

  /** Adds the window that begins at a token, as long as those that wait. */
  void add(long position, int predictions) throws IOException {
    length = predictions;
    int at = rows * length;
    tokens.read(position, window, 0, length + 1);
    System.arraycopy(window, 0, inputs, at, length);
    System.arraycopy(window, 1, targets, at, length);
    if (mask != null) {
      mask.fill(position, length, weights, documentStarts, at);
    }
    rows++;
  }

  /** Scores the windows that wait, and forgets them. */
  LossSum score(Predictor model) {
    if (rows == 0) {
      return LossSum.NONE;
    }
    TokenBatch batch = new TokenBatch(rows, length, inputs, targets, weights, documentStarts);
    rows = 0;
    WeightedLoss loss = model.loss(batch);
    return new LossSum(loss.sum(), Math.round(loss.weight()));
  }
}
