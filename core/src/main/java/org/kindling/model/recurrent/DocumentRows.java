package org.kindling.model.recurrent;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.kindling.model.TokenBatch;

/**
 * A batch whose sequences hold several documents as batches in which every row is one of them. A
 * network that starts each row anew then sees nothing of other documents. Rows are padded on the
 * right with predictions of weight 0, which nothing before them depends on.
 *
 * <pre>{@code
 * of(batch of [a a b b b], 2) // one batch: [a a 0], [b b b]
 * }</pre>
 */
final class DocumentRows {
  private DocumentRows() {}

  /** Consecutive predictions of one document in one sequence. */
  private record Piece(int from, int length) {}

  /**
   * The same predictions in rows of one document each; the batch itself if its documents are not
   * kept apart. Documents without weight are left out.
   *
   * @param maxSequences most rows of a batch
   * @return batches of documents of similar length, none if nothing has weight
   */
  static List<TokenBatch> of(TokenBatch batch, int maxSequences) {
    if (batch.documentStarts() == null) {
      return List.of(batch);
    }
    List<Piece> pieces = pieces(batch);
    // Long ones first: rows of a batch are then of similar length. The sort keeps equal ones'
    // order.
    pieces.sort(Comparator.comparingInt(Piece::length).reversed());
    List<TokenBatch> batches = new ArrayList<>();
    for (int from = 0; from < pieces.size(); from += maxSequences) {
      int to = Math.min(pieces.size(), from + maxSequences);
      batches.add(rows(batch, pieces.subList(from, to)));
    }
    return batches;
  }

  private static List<Piece> pieces(TokenBatch batch) {
    List<Piece> pieces = new ArrayList<>();
    int from = 0;
    double weight = 0;
    for (int at = 0; at < batch.tokens(); at++) {
      weight += batch.weight(at);
      int position = (at + 1) % batch.length();
      boolean ends = position == 0 || batch.documentStarts()[at + 1] == position;
      if (ends) {
        if (weight > 0) {
          pieces.add(new Piece(from, at + 1 - from));
        }
        from = at + 1;
        weight = 0;
      }
    }
    return pieces;
  }

  /** [pieces, length of the first, which is the longest]. */
  private static TokenBatch rows(TokenBatch batch, List<Piece> pieces) {
    int length = pieces.get(0).length();
    int tokens = pieces.size() * length;
    int[] inputs = new int[tokens];
    int[] targets = new int[tokens];
    float[] weights = new float[tokens];
    for (int row = 0; row < pieces.size(); row++) {
      Piece piece = pieces.get(row);
      for (int t = 0; t < piece.length(); t++) {
        int to = row * length + t;
        inputs[to] = batch.inputs()[piece.from() + t];
        targets[to] = batch.targets()[piece.from() + t];
        weights[to] = batch.weight(piece.from() + t);
      }
    }
    return new TokenBatch(pieces.size(), length, inputs, targets, weights, null);
  }
}
