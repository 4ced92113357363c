package org.kindling.corpus;

import java.io.IOException;

/**
 * Weights and document starts of consecutive predictions. Prediction t sees tokens up to position +
 * t and predicts the one after. With documents joined, all weights are 1 and all starts 0. For one
 * thread.
 */
public final class DocumentMask {
  private final TokenReader tokens;
  private final int[] places;

  /**
   * @param tokens of which documents are read, by their mode
   * @param context most predictions at once
   */
  public DocumentMask(TokenReader tokens, int context) {
    this.tokens = tokens;
    this.places = new int[context];
  }

  /**
   * Fills in consecutive predictions.
   *
   * @param position of the token that the first one sees last
   * @param length predictions
   * @param weights receives 0 where the predicted token is a document's first, else 1
   * @param documentStarts receives where, counted from the first, each prediction's document begins
   * @param offset of the first one in both arrays
   */
  public void fill(long position, int length, float[] weights, int[] documentStarts, int offset)
      throws IOException {
    int count = tokens.documentStarts(position + 1, position + 1 + length, places);
    int document = 0;
    int next = 0;
    for (int t = 0; t < length; t++) {
      boolean crosses = next < count && places[next] == t;
      weights[offset + t] = crosses ? 0 : 1;
      documentStarts[offset + t] = document;
      if (crosses) {
        document = t + 1;
        next++;
      }
    }
  }

  /** Sum of the weights that {@link #fill} gives. */
  public int weight(long position, int length) throws IOException {
    return length - tokens.documentStarts(position + 1, position + 1 + length, places);
  }
}
