package org.kindling.kernels;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Attention of training with the factors of all products rounded to bfloat16 and sums in float32;
 * the softmax and its gradient are in float32. Tiles as in {@link VectorAttention}, but one product
 * is of several heads at once, since these are short. Probabilities are kept in bfloat16: half the
 * memory. Sequences that go on from a cache are {@link VectorAttention}'s, in float32.
 */
final class Bf16Attention implements Attention {
  private static final int TILE = VectorAttention.TILE;

  private final VectorAttention exact;
  private final OneDnn dnn = new OneDnn();

  /** By what is read, and for backward passes by what is written too. */
  private final Map<Bf16AttentionPlan.Key, Map<Bf16AttentionPlan.Key, Bf16AttentionPlan>> plans =
      new HashMap<>();

  private final float[] scratch = new float[Lanes.WIDTH];

  private Sequences sequences;
  private Heads heads;
  private Bf16AttentionPlan plan;
  private CpuTensor saved;

  /** The sequence and tile at hand. */
  private int sequence;

  private int firstQuery;
  private int firstKey;
  private Bf16AttentionPlan.Tile tile;

  /** The first query head of the product at hand, and where its probabilities are kept. */
  private int head;

  private long kept;

  Bf16Attention(Blas blas) {
    exact = new VectorAttention(blas);
  }

  @Override
  public long memory(Sequences all, Heads newHeads) {
    if (!all.areWhole()) {
      return exact.memory(all, newHeads);
    }
    int dense = newHeads.keyWidth();
    Bf16AttentionPlan.Key key =
        new Bf16AttentionPlan.Key(newHeads, all.computed(), newHeads.queryWidth(), dense, dense);
    begin(all, newHeads, plan(key, key));
    long halves = 0;
    for (sequence = 0; sequence < all.count(); sequence++) {
      for (int q = 0; q < all.computed(); q += TILE) {
        chooseTile(q);
        long products = newHeads.count() / tile.queryHeads;
        halves = Math.addExact(halves, Math.multiplyExact(products, tile.scores));
      }
    }
    return Math.addExact(plan.tiles, halves / 2);
  }

  private Bf16AttentionPlan plan(Bf16AttentionPlan.Key in, Bf16AttentionPlan.Key d) {
    Map<Bf16AttentionPlan.Key, Bf16AttentionPlan> ofInputs = plans.get(in);
    if (ofInputs == null) {
      ofInputs = new HashMap<>();
      plans.put(in, ofInputs);
    }
    Bf16AttentionPlan known = ofInputs.get(d);
    if (known == null) {
      known = new Bf16AttentionPlan(dnn, in);
      ofInputs.put(d, known);
    }
    return known;
  }

  private void begin(Sequences all, Heads newHeads, Bf16AttentionPlan newPlan) {
    sequences = all;
    heads = newHeads;
    plan = newPlan;
  }

  /**
   * The number of a tile's keys is a multiple of {@link #TILE} or all before: each number makes
   * operations of its own.
   */
  private void chooseTile(int q) {
    int to = Math.min(sequences.computed(), q + TILE);
    int seen = to - heads.firstKey(sequences, sequence * sequences.computed() + q);
    firstQuery = q;
    firstKey = Math.max(0, to - (seen + TILE - 1) / TILE * TILE);
    tile = plan.tile(to - q, to - firstKey);
  }

  /** Element of the tile's first row, and the first of the product's heads, among queries. */
  private long query(int from, int stride) {
    long row = (long) sequence * sequences.computed() + firstQuery;
    return row * stride + from + queryHead();
  }

  /** The same among keys or values. */
  private long key(Columns columns) {
    long row = (long) sequence * sequences.computed() + firstKey;
    return row * columns.stride() + columns.from() + keyHead();
  }

  private long queryHead() {
    return (long) head * heads.width();
  }

  private long keyHead() {
    return (long) heads.keyHead(head) * heads.width();
  }

  /** Element of the first of the tile's keys or values in a dense matrix of the sequence. */
  private long roundedKey() {
    return (long) firstKey * heads.keyWidth() + keyHead();
  }

  @Override
  public void forward(
      Sequences all, Heads newHeads, Kernels.AttentionInputs in, CpuTensor memory, Tensor out) {
    if (!all.areWhole()) {
      exact.forward(all, newHeads, in, memory, out);
      return;
    }
    Bf16AttentionPlan.Key key = Bf16AttentionPlan.Key.of(newHeads, all.computed(), in);
    begin(all, newHeads, plan(key, key));
    saved = memory;
    kept = plan.tiles;
    CpuTensor target = CpuTensor.of(out);
    for (sequence = 0; sequence < all.count(); sequence++) {
      roundKeys(in);
      for (int q = 0; q < all.computed(); q += TILE) {
        chooseTile(q);
        plan.forward(tile);
        round(in.queries(), q, tile.roundQueries, plan.queries);
        for (head = 0; head < newHeads.count(); head += tile.queryHeads) {
          forwardProduct(target);
          kept += tile.scores / 2;
        }
      }
    }
  }

  private void forwardProduct(CpuTensor out) {
    OneDnnOperation product = tile.product;
    product.source(saved.halves(plan.queries, queryHead()));
    dnn.run(product.right(saved.halves(plan.keys, roundedKey())).target(saved.bytes(0)));
    ByteBuffer scores = saved.buffer();
    int at = 0;
    for (int h = 0; h < tile.queryHeads; h++) {
      for (int row = 0; row < tile.shape.rows(); row++, at += tile.stride) {
        int query = firstQuery + row;
        int first = heads.firstKey(sequences, sequence * sequences.computed() + query);
        VectorSoftmax.softmaxRow(
            scores, at, first - firstKey, query + 1 - firstKey, tile.stride, scratch);
      }
    }
    dnn.run(tile.roundScores.source(saved.bytes(0)).target(saved.bytes(kept)));
    tile.out.source(saved.bytes(kept)).right(saved.halves(plan.values, roundedKey()));
    dnn.run(tile.out.target(out.bytes(query(0, heads.queryWidth()))));
  }

  @Override
  public void backward(
      Sequences all,
      Heads newHeads,
      Kernels.AttentionPass pass,
      Tensor dOut,
      Kernels.AttentionInputs d) {
    if (!all.areWhole()) {
      exact.backward(all, newHeads, pass, dOut, d);
      return;
    }
    Kernels.AttentionInputs in = pass.in();
    Bf16AttentionPlan.Key written = Bf16AttentionPlan.Key.of(newHeads, all.computed(), d);
    begin(all, newHeads, plan(Bf16AttentionPlan.Key.of(newHeads, all.computed(), in), written));
    saved = CpuTensor.of(pass.saved());
    kept = plan.tiles;
    Columns dRows = Columns.all(dOut, newHeads.queryWidth());
    for (sequence = 0; sequence < all.count(); sequence++) {
      roundKeys(in);
      clear(d.keys());
      clear(d.values());
      for (int q = 0; q < all.computed(); q += TILE) {
        chooseTile(q);
        plan.backward(tile, written);
        round(in.queries(), q, tile.roundQueries, plan.queries);
        round(dRows, q, tile.roundOutGradient, plan.outGradients);
        for (head = 0; head < newHeads.count(); head += tile.queryHeads) {
          backwardProduct(d);
          kept += tile.scores / 2;
        }
      }
    }
  }

  private void backwardProduct(Kernels.AttentionInputs d) {
    // dp = dOut · Vᵀ
    OneDnnOperation product = tile.probabilityGradients;
    product.source(saved.halves(plan.outGradients, queryHead()));
    dnn.run(product.right(saved.halves(plan.values, roundedKey())).target(saved.bytes(0)));
    softmaxBackward();
    dnn.run(tile.roundScores.source(saved.bytes(0)).target(saved.bytes(plan.scoreGradients)));
    // dQ = ds · K
    CpuTensor dQueries = CpuTensor.of(d.queries().tensor());
    tile.queryGradients.source(saved.bytes(plan.scoreGradients));
    tile.queryGradients.right(saved.halves(plan.keys, roundedKey()));
    long at = query(d.queries().from(), d.queries().stride());
    dnn.run(tile.queryGradients.target(dQueries.bytes(at)));
    CpuTensor dKeys = CpuTensor.of(d.keys().tensor());
    CpuTensor dValues = CpuTensor.of(d.values().tensor());
    for (int member = 0; member < tile.shape.group(); member++) {
      // dV += pᵀ · dOut and dK += dsᵀ · Q
      long scores = (long) member * tile.shape.rows() * tile.stride;
      long query = queryHead() + (long) member * heads.width();
      tile.valueGradients.source(saved.halves(kept, scores));
      tile.valueGradients.right(saved.halves(plan.outGradients, query));
      dnn.run(tile.valueGradients.target(dValues.bytes(key(d.values()))));
      tile.keyGradients.source(saved.halves(plan.scoreGradients, scores));
      tile.keyGradients.right(saved.halves(plan.queries, query));
      dnn.run(tile.keyGradients.target(dKeys.bytes(key(d.keys()))));
    }
  }

  private void softmaxBackward() {
    dnn.run(
        tile.widenProbabilities.source(saved.bytes(kept)).target(saved.bytes(plan.probabilities)));
    float scale = (float) heads.scale();
    VectorSoftmax.SoftmaxGradient gradient =
        new VectorSoftmax.SoftmaxGradient(saved.buffer(), saved.buffer(), tile.stride, scale);
    int first = Math.toIntExact(plan.probabilities);
    int at = 0;
    for (int h = 0; h < tile.queryHeads; h++) {
      for (int row = 0; row < tile.shape.rows(); row++, at += tile.stride) {
        int seen = firstQuery + row + 1 - firstKey;
        VectorSoftmax.softmaxRowBackward(gradient, first + at, at, seen, scratch);
      }
    }
  }

  private void clear(Columns gradients) {
    CpuTensor tensor = CpuTensor.of(gradients.tensor());
    int length = sequences.computed();
    for (int position = 0; position < length; position++) {
      long row = (long) sequence * length + position;
      long at = row * gradients.stride() + gradients.from();
      VectorRows.clear(tensor.window(at), CpuTensor.within(at), heads.keyWidth());
    }
  }

  private void roundKeys(Kernels.AttentionInputs in) {
    round(in.keys(), 0, plan.roundKeys, plan.keys);
    round(in.values(), 0, plan.roundValues, plan.values);
  }

  /** Rounds rows of the sequence from a position to a dense matrix. */
  private void round(Columns from, int position, OneDnnOperation operation, long to) {
    if (from.headStride() != 0) {
      throw new IllegalArgumentException(
          "attention: expected heads next to each other, found a head stride of "
              + from.headStride());
    }
    long row = (long) sequence * sequences.computed() + position;
    CpuTensor source = CpuTensor.of(from.tensor());
    operation.source(source.bytes(row * from.stride() + from.from()));
    dnn.run(operation.target(saved.bytes(to)));
  }

  @Override
  public void close() {
    dnn.close();
  }
}
