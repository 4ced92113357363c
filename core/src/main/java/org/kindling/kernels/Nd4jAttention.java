package org.kindling.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Causal attention by batched products over [count, heads, positions, headWidth]. */
final class Nd4jAttention {
  /** Added to masked scores: large enough that e to it is 0, small enough that sums are finite. */
  private static final double MASKED = -1e30;

  private static final int QUERY = 0;
  private static final int KEY = 1;
  private static final int VALUE = 2;

  private Nd4jAttention() {}

  static long memory(Sequences sequences, Heads heads) {
    long pairs = Math.multiplyExact((long) sequences.count(), heads.count());
    return Math.multiplyExact(pairs, (long) sequences.computed() * sequences.length());
  }

  private static INDArray saved(Sequences s, Heads heads, Nd4jTensor saved) {
    return saved.view(0, s.count(), heads.count(), s.computed(), s.length());
  }

  /** A third of qkv as a strided view [count, heads, positions, headWidth]. */
  private static INDArray part(Sequences s, Heads heads, Nd4jTensor qkv, int part) {
    INDArray all = qkv.view(0, s.count(), s.length(), 3, heads.count(), heads.width());
    INDArray third =
        all.get(
            NDArrayIndex.all(),
            NDArrayIndex.interval(part == QUERY ? s.first() : 0, s.length()),
            NDArrayIndex.interval(part, part + 1),
            NDArrayIndex.all(),
            NDArrayIndex.all());
    long positions = part == QUERY ? s.computed() : s.length();
    return third
        .dup('c')
        .reshape(s.count(), positions, heads.count(), heads.width())
        .permute(0, 2, 1, 3)
        .dup('c');
  }

  /** [count, heads, computed, headWidth], copied. */
  private static INDArray byHead(Sequences s, Heads heads, Nd4jTensor rows) {
    return rows.view(0, s.count(), s.computed(), heads.count(), heads.width())
        .permute(0, 2, 1, 3)
        .dup('c');
  }

  private static INDArray mask(Sequences s) {
    float[] mask = new float[s.computed() * s.length()];
    for (int query = s.first(); query < s.length(); query++) {
      for (int key = query + 1; key < s.length(); key++) {
        mask[(query - s.first()) * s.length() + key] = (float) MASKED;
      }
    }
    return Nd4j.createFromArray(mask).reshape('c', 1, 1, s.computed(), s.length());
  }

  private static INDArray temporary(
      INDArray like, Sequences s, Heads heads, long positions, long width) {
    return Nd4j.create(like.dataType(), s.count(), heads.count(), positions, width);
  }

  static void forward(
      Sequences s, Heads heads, Nd4jTensor qkv, Nd4jTensor savedTensor, Nd4jTensor out) {
    INDArray probabilities = saved(s, heads, savedTensor);
    INDArray keys = Nd4jOperations.transposed(part(s, heads, qkv, KEY));
    Nd4jOperations.product(part(s, heads, qkv, QUERY), keys, probabilities);
    probabilities.muli(1 / Math.sqrt(heads.width()));
    probabilities.addi(mask(s).castTo(probabilities.dataType()));
    Nd4jOperations.softmax(probabilities);
    INDArray attended = temporary(probabilities, s, heads, s.computed(), heads.width());
    Nd4jOperations.product(probabilities, part(s, heads, qkv, VALUE), attended);
    out.view(0, s.count(), s.computed(), heads.count(), heads.width())
        .assign(attended.permute(0, 2, 1, 3));
  }

  /** What a forward pass read and kept. */
  record Forward(Nd4jTensor qkv, Nd4jTensor saved) {}

  static void backward(Sequences s, Heads heads, Forward f, Nd4jTensor dOut, Nd4jTensor dQkv) {
    Nd4jTensor qkv = f.qkv();
    INDArray probabilities = saved(s, heads, f.saved());
    INDArray d = byHead(s, heads, dOut);
    long positions = s.length();
    INDArray gradient = temporary(probabilities, s, heads, positions, heads.width());
    Nd4jOperations.product(Nd4jOperations.transposed(probabilities), d, gradient);
    write(s, heads, gradient, dQkv, VALUE);
    INDArray dScores = temporary(probabilities, s, heads, positions, positions);
    INDArray values = part(s, heads, qkv, VALUE);
    Nd4jOperations.product(d, Nd4jOperations.transposed(values), dScores);
    dScores.subi(dScores.mul(probabilities).sum(true, 3));
    dScores.muli(probabilities).muli(1 / Math.sqrt(heads.width()));
    Nd4jOperations.product(dScores, part(s, heads, qkv, KEY), gradient);
    write(s, heads, gradient, dQkv, QUERY);
    INDArray queries = part(s, heads, qkv, QUERY);
    Nd4jOperations.product(Nd4jOperations.transposed(dScores), queries, gradient);
    write(s, heads, gradient, dQkv, KEY);
  }

  private static void write(Sequences s, Heads heads, INDArray from, Nd4jTensor dQkv, int part) {
    INDArray all = dQkv.view(0, s.count(), s.length(), 3, heads.count(), heads.width());
    INDArray rows = from.permute(0, 2, 1, 3).dup('c');
    all.get(
            NDArrayIndex.all(),
            NDArrayIndex.all(),
            NDArrayIndex.interval(part, part + 1),
            NDArrayIndex.all(),
            NDArrayIndex.all())
        .assign(rows.reshape(s.count(), s.length(), 1, heads.count(), heads.width()));
  }
}
