package org.kindling.kernels;

import java.nio.ByteBuffer;

/**
 * Attention over tiles of {@link #TILE} queries: each tile multiplies with the keys that its
 * queries see only, so nearly half of the scores are never computed (a fifth less time than one
 * product over all keys at 256 positions). Probabilities are kept in the same triangle of tiles,
 * one after the other, behind one tile of gradients.
 */
final class VectorAttention implements Attention {
  static final int TILE = 64;

  private final Blas blas;
  private final Blas.Matrix left = new Blas.Matrix();
  private final Blas.Matrix right = new Blas.Matrix();
  private final Blas.Matrix result = new Blas.Matrix();
  private final float[] scratch = new float[Lanes.WIDTH];

  private Sequences sequences;
  private Heads heads;
  private float scale;

  /** The sequence and head at hand. */
  private int sequence;

  private int first;
  private int end;
  private int head;

  VectorAttention(Blas blas) {
    this.blas = blas;
  }

  @Override
  public long memory(Sequences sequences, Heads heads) {
    long sum = gradientTile(sequences);
    for (int sequence = 0; sequence < sequences.count(); sequence++) {
      long triangle = triangle(sequences, heads, sequence);
      sum = Math.addExact(sum, Math.multiplyExact(heads.count(), triangle));
    }
    return sum;
  }

  /** Elements of one tile of gradients. */
  private static long gradientTile(Sequences sequences) {
    return (long) TILE * stride(sequences.capacity());
  }

  /** Elements of one head's probabilities. */
  private static long triangle(Sequences sequences, Heads heads, int sequence) {
    long elements = 0;
    int end = sequences.end(sequence);
    for (int q = sequences.first(sequence); q < end; q += TILE) {
      elements += tile(sequences, heads, sequence, q);
    }
    return elements;
  }

  private static long tile(Sequences sequences, Heads heads, int sequence, int q) {
    int to = Math.min(sequences.end(sequence), q + TILE);
    return (long) (to - q) * stride(to - firstKey(sequences, heads, sequence, q));
  }

  private static int firstKey(Sequences sequences, Heads heads, int sequence, int q) {
    return heads.firstKey(
        sequences, sequence * sequences.computed() + q - sequences.first(sequence));
  }

  private static int stride(int keys) {
    return (keys + Lanes.WIDTH - 1) / Lanes.WIDTH * Lanes.WIDTH;
  }

  private void begin(Sequences all, Heads newHeads) {
    sequences = all;
    heads = newHeads;
    scale = (float) newHeads.scale();
  }

  private void choose(int newSequence, int newHead) {
    sequence = newSequence;
    first = sequences.first(newSequence);
    end = sequences.end(newSequence);
    head = newHead;
  }

  /** Element at which the head's query, or its gradient, of a position begins. */
  private long query(Columns columns, int position) {
    long row = (long) sequence * sequences.computed() + position - first;
    return row * columns.stride() + columns.from() + (long) head * heads.width();
  }

  /** The same of its key or value. */
  private long key(Columns columns, int position) {
    long row = (long) sequences.slot(sequence) * sequences.capacity() + position;
    return row * columns.stride()
        + columns.from()
        + columns.head(heads.keyHead(head), heads.width());
  }

  private static Blas.Matrix at(Blas.Matrix matrix, Columns columns, long element) {
    return matrix.at(CpuTensor.of(columns.tensor()), element, columns.stride());
  }

  @Override
  public void forward(
      Sequences all, Heads newHeads, Kernels.AttentionInputs in, CpuTensor saved, Tensor out) {
    begin(all, newHeads);
    Columns target = Columns.all(out, newHeads.queryWidth());
    long tile = gradientTile(all);
    for (int s = 0; s < all.count(); s++) {
      for (int h = 0; h < newHeads.count(); h++) {
        choose(s, h);
        for (int q = first; q < end; q += TILE) {
          forwardTile(q, in, saved, tile, target);
          tile += tile(all, newHeads, s, q);
        }
      }
    }
  }

  private void forwardTile(
      int q, Kernels.AttentionInputs in, CpuTensor saved, long tile, Columns out) {
    int to = Math.min(end, q + TILE);
    int from = firstKey(sequences, heads, sequence, q);
    int rows = to - q;
    int keys = to - from;
    int stride = stride(keys);
    at(left, in.queries(), query(in.queries(), q));
    at(right, in.keys(), key(in.keys(), from));
    result.at(saved, tile, stride);
    blas.extent(rows, keys, heads.width()).factors(scale, 0f);
    blas.productTransposed(left, right, result);
    ByteBuffer scores = saved.window(tile);
    int row = CpuTensor.within(tile);
    for (int p = q; p < to; p++, row += stride) {
      int hidden = firstKey(sequences, heads, sequence, p) - from;
      VectorSoftmax.softmaxRow(scores, row, hidden, p + 1 - from, stride, scratch);
    }
    left.at(saved, tile, stride);
    at(right, in.values(), key(in.values(), from));
    at(result, out, query(out, q));
    blas.extent(rows, heads.width(), keys).factors(1f, 0f).product(left, right, result);
  }

  /** What one backward pass reads and writes. */
  private record Backward(
      Kernels.AttentionInputs in, CpuTensor saved, Columns dOut, Kernels.AttentionInputs d) {}

  @Override
  public void backward(
      Sequences all,
      Heads newHeads,
      Kernels.AttentionPass pass,
      Tensor dOut,
      Kernels.AttentionInputs d) {
    Columns dRows = Columns.all(dOut, newHeads.queryWidth());
    Backward tensors = new Backward(pass.in(), CpuTensor.of(pass.saved()), dRows, d);
    all.requireWhole();
    begin(all, newHeads);
    long start = gradientTile(all);
    for (int s = 0; s < all.count(); s++) {
      long triangle = triangle(all, newHeads, s);
      for (int h = 0; h < newHeads.count(); h++) {
        choose(s, h);
        start += triangle;
        backwardHead(start, tensors);
      }
    }
  }

  /**
   * The last tile of a head that sees everything reaches all keys: it overwrites their gradients,
   * the others and the other heads of the group add to them.
   *
   * @param tilesEnd where the head's probabilities end
   */
  private void backwardHead(long tilesEnd, Backward t) {
    boolean overwrites = heads.seeAll(sequences);
    boolean firstOfGroup = head == 0 || heads.keyHead(head) != heads.keyHead(head - 1);
    if (firstOfGroup && !overwrites) {
      clear(t.d().keys());
      clear(t.d().values());
    }
    long tile = tilesEnd;
    for (int q = (end - 1) / TILE * TILE; q >= 0; q -= TILE) {
      tile -= tile(sequences, heads, sequence, q);
      boolean isLast = q + TILE >= end;
      backwardTile(q, tile, overwrites && firstOfGroup && isLast ? 0f : 1f, t);
    }
  }

  private void clear(Columns gradients) {
    CpuTensor tensor = CpuTensor.of(gradients.tensor());
    for (int position = 0; position < end; position++) {
      long at = key(gradients, position);
      VectorRows.clear(tensor.window(at), CpuTensor.within(at), heads.width());
    }
  }

  /**
   * @param keep factor on the gradients of keys and values that are there
   */
  private void backwardTile(int q, long tile, float keep, Backward t) {
    int to = Math.min(end, q + TILE);
    int from = firstKey(sequences, heads, sequence, q);
    int rows = to - q;
    int keys = to - from;
    int stride = stride(keys);
    int width = heads.width();
    // dV = pᵀ · dOut
    left.at(t.saved, tile, stride);
    at(right, t.dOut, query(t.dOut, q));
    at(result, t.d().values(), key(t.d().values(), from));
    blas.extent(keys, width, rows).factors(1f, keep).transposedProduct(left, right, result);
    // dp = dOut · Vᵀ
    at(left, t.dOut, query(t.dOut, q));
    at(right, t.in().values(), key(t.in().values(), from));
    result.at(t.saved, 0, stride);
    blas.extent(rows, keys, width).factors(1f, 0f).productTransposed(left, right, result);
    softmaxBackward(q, from, rows, tile, stride, t.saved);
    // dQ = ds · K
    left.at(t.saved, 0, stride);
    at(right, t.in().keys(), key(t.in().keys(), from));
    at(result, t.d().queries(), query(t.d().queries(), q));
    blas.extent(rows, width, keys).factors(1f, 0f).product(left, right, result);
    // dK = dsᵀ · Q
    at(right, t.in().queries(), query(t.in().queries(), q));
    at(result, t.d().keys(), key(t.d().keys(), from));
    blas.extent(keys, width, rows).factors(1f, keep).transposedProduct(left, right, result);
  }

  private void softmaxBackward(int q, int from, int rows, long tile, int stride, CpuTensor saved) {
    VectorSoftmax.SoftmaxGradient gradient =
        new VectorSoftmax.SoftmaxGradient(saved.window(tile), saved.buffer(), stride, scale);
    for (int row = 0; row < rows; row++) {
      int at = CpuTensor.within(tile) + row * stride;
      VectorSoftmax.softmaxRowBackward(gradient, at, row * stride, q + row + 1 - from, scratch);
    }
  }

  /** Owns nothing. */
  @Override
  public void close() {}
}
