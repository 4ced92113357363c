package org.kindling.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Attention by batched products over [sequences, key heads, query heads of a group · positions,
 * head width]: the queries of a group stand below each other, so that keys are never copied for
 * them.
 */
final class Nd4jAttention {
  /** Added to masked scores: large enough that e to it is 0, small enough that sums are finite. */
  private static final double MASKED = -1e30;

  private Nd4jAttention() {}

  static long memory(Sequences sequences, Heads heads) {
    long pairs = Math.multiplyExact((long) sequences.count(), heads.count());
    return Math.multiplyExact(pairs, (long) sequences.computed() * sequences.capacity());
  }

  /** Sequences {@code from} to {@code from + count - 1}, which end at the same position. */
  private record Batch(Sequences sequences, Heads heads, int from, int count) {
    int computed() {
      return sequences.computed();
    }

    int keys() {
      return sequences.end(from);
    }

    int group() {
      return heads.count() / heads.kvCount();
    }

    long savedAt() {
      return (long) from * heads.count() * computed() * sequences.capacity();
    }

    long[] savedShape() {
      return new long[] {count, heads.kvCount(), (long) group() * computed(), keys()};
    }
  }

  /** [count, key heads, group · computed, head width], copied. */
  private static INDArray queries(Batch b, Columns columns) {
    return queryView(b, columns)
        .permute(0, 2, 3, 1, 4)
        .dup('c')
        .reshape(
            'c',
            b.count(),
            b.heads().kvCount(),
            (long) b.group() * b.computed(),
            b.heads().width());
  }

  /** [count, computed, key heads, group, head width] */
  private static INDArray queryView(Batch b, Columns columns) {
    long stride = columns.stride();
    long width = b.heads().width();
    return ((Nd4jTensor) columns.tensor())
        .view(
            b.from() * b.computed() * stride + columns.from(),
            new long[] {b.count(), b.computed(), b.heads().kvCount(), b.group(), width},
            new long[] {b.computed() * stride, stride, b.group() * width, width, 1});
  }

  /** [count, key heads, keys, head width], copied. */
  private static INDArray keys(Batch b, Columns columns) {
    return keyView(b, columns).permute(0, 2, 1, 3).dup('c');
  }

  /** [count, keys, key heads, head width] */
  private static INDArray keyView(Batch b, Columns columns) {
    long stride = columns.stride();
    long width = b.heads().width();
    long slot = (long) b.sequences().slot(b.from()) * b.sequences().capacity();
    return ((Nd4jTensor) columns.tensor())
        .view(
            slot * stride + columns.from(),
            new long[] {b.count(), b.keys(), b.heads().kvCount(), width},
            new long[] {
              b.sequences().capacity() * stride, stride, columns.head(1, (int) width), 1
            });
  }

  /** [count, 1, group · computed, keys], or 1 for count where all sequences have the same mask. */
  private static INDArray mask(Batch b) {
    Sequences s = b.sequences();
    int masks = s.haveDocuments() ? b.count() : 1;
    int rows = b.group() * b.computed();
    float[] mask = new float[Math.multiplyExact(masks * rows, b.keys())];
    for (int m = 0; m < masks; m++) {
      for (int r = 0; r < rows; r++) {
        int row = (b.from() + m) * b.computed() + r % b.computed();
        int first = b.heads().firstKey(s, row);
        int query = s.first(b.from() + m) + r % b.computed();
        for (int key = 0; key < b.keys(); key++) {
          boolean seen = key >= first && key <= query;
          mask[(m * rows + r) * b.keys() + key] = seen ? 0f : (float) MASKED;
        }
      }
    }
    return Nd4j.createFromArray(mask).reshape('c', masks, 1, rows, b.keys());
  }

  static void forward(
      Sequences s, Heads heads, Kernels.AttentionInputs in, Nd4jTensor saved, Nd4jTensor out) {
    if (s.areWhole()) {
      forward(new Batch(s, heads, 0, s.count()), in, saved, out);
      return;
    }
    for (int sequence = 0; sequence < s.count(); sequence++) {
      forward(new Batch(s, heads, sequence, 1), in, saved, out);
    }
  }

  private static void forward(
      Batch b, Kernels.AttentionInputs in, Nd4jTensor saved, Nd4jTensor out) {
    INDArray probabilities = saved.view(b.savedAt(), b.savedShape());
    INDArray keys = Nd4jOperations.transposed(keys(b, in.keys()));
    Nd4jOperations.product(queries(b, in.queries()), keys, probabilities);
    probabilities.muli(b.heads().scale());
    probabilities.addi(mask(b).castTo(probabilities.dataType()));
    Nd4jOperations.softmax(probabilities);
    INDArray attended = likeQueries(b, probabilities);
    Nd4jOperations.product(probabilities, keys(b, in.values()), attended);
    writeQueries(b, attended, Columns.all(out, b.heads().queryWidth()));
  }

  private static INDArray likeQueries(Batch b, INDArray type) {
    return Nd4j.create(
        type.dataType(),
        b.count(),
        b.heads().kvCount(),
        (long) b.group() * b.computed(),
        b.heads().width());
  }

  private static void writeQueries(Batch b, INDArray from, Columns to) {
    Heads heads = b.heads();
    INDArray split =
        from.reshape('c', b.count(), heads.kvCount(), b.group(), b.computed(), heads.width());
    queryView(b, to).assign(split.permute(0, 3, 1, 2, 4).dup('c'));
  }

  private static void writeKeys(Batch b, INDArray from, Columns to) {
    keyView(b, to).assign(from.permute(0, 2, 1, 3).dup('c'));
  }

  static void backward(
      Sequences s,
      Heads heads,
      Kernels.AttentionPass forward,
      Nd4jTensor dOut,
      Kernels.AttentionInputs d) {
    Batch b = new Batch(s, heads, 0, s.count());
    Kernels.AttentionInputs in = forward.in();
    INDArray probabilities = ((Nd4jTensor) forward.saved()).view(b.savedAt(), b.savedShape());
    INDArray dRows = queries(b, Columns.all(dOut, heads.queryWidth()));
    INDArray gradient =
        Nd4j.create(probabilities.dataType(), b.count(), heads.kvCount(), b.keys(), heads.width());
    Nd4jOperations.product(Nd4jOperations.transposed(probabilities), dRows, gradient);
    writeKeys(b, gradient, d.values());
    INDArray dScores = Nd4j.create(probabilities.dataType(), b.savedShape());
    INDArray values = keys(b, in.values());
    Nd4jOperations.product(dRows, Nd4jOperations.transposed(values), dScores);
    dScores.subi(dScores.mul(probabilities).sum(true, 3));
    dScores.muli(probabilities).muli(heads.scale());
    INDArray dQueries = likeQueries(b, probabilities);
    Nd4jOperations.product(dScores, keys(b, in.keys()), dQueries);
    writeQueries(b, dQueries, d.queries());
    INDArray queries = queries(b, in.queries());
    Nd4jOperations.product(Nd4jOperations.transposed(dScores), queries, gradient);
    writeKeys(b, gradient, d.keys());
  }
}
