package org.kindling.kernels;

import java.nio.ByteBuffer;

/**
 * Causal attention over tiles of {@link #TILE} queries: each tile multiplies with the keys up to
 * its last query only, so nearly half of the scores are never computed (a fifth less time than one
 * product over all keys at 256 positions). Probabilities are kept in the same triangle of tiles.
 */
final class VectorAttention {
  private static final int TILE = 64;

  private final Blas blas;
  private final Blas.Matrix left = new Blas.Matrix();
  private final Blas.Matrix right = new Blas.Matrix();
  private final Blas.Matrix result = new Blas.Matrix();
  private final float[] scratch = new float[Lanes.WIDTH];

  /** One pass over one sequence and head: sizes and positions in floats. */
  private int heads;

  private int headWidth;
  private int width;
  private int length;
  private int first;
  private float scale;

  /** Where this sequence and head start in qkv. */
  private long qkvStart;

  /** Where this sequence and head start in the output. */
  private long outStart;

  /** Where this sequence and head start in the saved probabilities. */
  private long savedStart;

  VectorAttention(Blas blas) {
    this.blas = blas;
  }

  static long memory(Sequences sequences, Heads heads) {
    long pairs = Math.multiplyExact((long) sequences.count(), heads.count());
    long gradientTile = (long) TILE * stride(sequences.length());
    return Math.addExact(Math.multiplyExact(pairs, triangle(sequences)), gradientTile);
  }

  /** Elements of one head's probabilities. */
  private static long triangle(Sequences s) {
    long elements = 0;
    for (int q = s.first(); q < s.length(); q += TILE) {
      int keys = Math.min(s.length(), q + TILE);
      elements += (long) (keys - q) * stride(keys);
    }
    return elements;
  }

  private static int stride(int keys) {
    return (keys + Lanes.WIDTH - 1) / Lanes.WIDTH * Lanes.WIDTH;
  }

  private void begin(Sequences sequences, Heads newHeads) {
    heads = newHeads.count();
    headWidth = newHeads.width();
    width = newHeads.totalWidth();
    length = sequences.length();
    first = sequences.first();
    scale = (float) (1 / Math.sqrt(headWidth));
  }

  private void choose(int sequence, int head, long triangle) {
    qkvStart = (long) sequence * length * 3 * width + (long) head * headWidth;
    outStart = (long) sequence * (length - first) * width + (long) head * headWidth;
    savedStart = ((long) sequence * heads + head) * triangle;
  }

  void forward(Sequences sequences, Heads newHeads, CpuTensor qkv, CpuTensor saved, CpuTensor out) {
    begin(sequences, newHeads);
    long triangle = triangle(sequences);
    for (int sequence = 0; sequence < sequences.count(); sequence++) {
      for (int head = 0; head < heads; head++) {
        choose(sequence, head, triangle);
        long tile = savedStart;
        for (int q = first; q < length; q += TILE) {
          int keys = Math.min(length, q + TILE);
          forwardTile(q, keys, tile, qkv, saved, out);
          tile += (long) (keys - q) * stride(keys);
        }
      }
    }
  }

  /** Queries q to keys - 1 against all keys up to there. */
  private void forwardTile(
      int q, int keys, long tile, CpuTensor qkv, CpuTensor saved, CpuTensor out) {
    int rows = keys - q;
    int stride = stride(keys);
    left.at(qkv, query(q), 3 * width);
    right.at(qkv, key(), 3 * width);
    result.at(saved, tile, stride);
    blas.extent(rows, keys, headWidth).factors(scale, 0f).productTransposed(left, right, result);
    ByteBuffer scores = saved.buffer();
    for (int row = 0; row < rows; row++) {
      VectorSoftmax.softmaxRow(scores, (int) tile + row * stride, q + row + 1, stride, scratch);
    }
    left.at(saved, tile, stride);
    right.at(qkv, value(), 3 * width);
    result.at(out, outStart + (long) (q - first) * width, width);
    blas.extent(rows, headWidth, keys).factors(1f, 0f).product(left, right, result);
  }

  private long query(int position) {
    return qkvStart + (long) position * 3 * width;
  }

  private long key() {
    return qkvStart + width;
  }

  private long value() {
    return qkvStart + 2L * width;
  }

  /** What one backward pass reads and writes. */
  record Backward(CpuTensor qkv, CpuTensor saved, CpuTensor dOut, CpuTensor dQkv) {}

  void backward(Sequences sequences, Heads newHeads, Backward tensors) {
    if (sequences.first() != 0) {
      throw new IllegalArgumentException(
          "attention: backward wants whole sequences, found a first position of "
              + sequences.first());
    }
    begin(sequences, newHeads);
    long triangle = triangle(sequences);
    long gradientTile = triangle * sequences.count() * heads;
    for (int sequence = 0; sequence < sequences.count(); sequence++) {
      for (int head = 0; head < heads; head++) {
        choose(sequence, head, triangle);
        long tile = savedStart + triangle;
        // The last tile reaches all keys: it overwrites their gradients, the others add to them.
        for (int q = (length - 1) / TILE * TILE; q >= 0; q -= TILE) {
          int keys = Math.min(length, q + TILE);
          tile -= (long) (keys - q) * stride(keys);
          backwardTile(q, keys, tile, gradientTile, tensors);
        }
      }
    }
  }

  private void backwardTile(int q, int keys, long tile, long gradientTile, Backward t) {
    int rows = keys - q;
    int stride = stride(keys);
    float keep = keys == length ? 0f : 1f;
    long dOut = outStart + (long) q * width;
    // dV = pᵀ · dOut
    left.at(t.saved, tile, stride);
    right.at(t.dOut, dOut, width);
    result.at(t.dQkv, value(), 3 * width);
    blas.extent(keys, headWidth, rows).factors(1f, keep).transposedProduct(left, right, result);
    // dp = dOut · Vᵀ
    left.at(t.dOut, dOut, width);
    right.at(t.qkv, value(), 3 * width);
    result.at(t.saved, gradientTile, stride);
    blas.extent(rows, keys, headWidth).factors(1f, 0f).productTransposed(left, right, result);
    softmaxBackward(q, rows, tile, gradientTile, stride, t.saved);
    // dQ = ds · K
    left.at(t.saved, gradientTile, stride);
    right.at(t.qkv, key(), 3 * width);
    result.at(t.dQkv, query(q), 3 * width);
    blas.extent(rows, headWidth, keys).factors(1f, 0f).product(left, right, result);
    // dK = dsᵀ · Q
    right.at(t.qkv, query(q), 3 * width);
    result.at(t.dQkv, key(), 3 * width);
    blas.extent(keys, headWidth, rows).factors(1f, keep).transposedProduct(left, right, result);
  }

  private void softmaxBackward(
      int q, int rows, long tile, long gradientTile, int stride, CpuTensor saved) {
    ByteBuffer buffer = saved.buffer();
    VectorSoftmax.SoftmaxGradient gradient =
        new VectorSoftmax.SoftmaxGradient(buffer, buffer, stride, scale);
    for (int row = 0; row < rows; row++) {
      int at = (int) tile + row * stride;
      int gradientAt = (int) gradientTile + row * stride;
      VectorSoftmax.softmaxRowBackward(gradient, at, gradientAt, q + row + 1, scratch);
    }
  }
}
