package org.kindling.kernels;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Attention of training with the factors of all products rounded to bfloat16 and sums in float32;
 * the softmax and its gradient are in float32. Tiles as in {@link VectorAttention}, but one product
 * is of several heads at once, since these are short. Probabilities are kept in bfloat16: half the
 * memory. Sequences that go on from a cache are {@link VectorAttention}'s, in float32.
 */
final class Bf16Attention implements Attention {
  private static final int TILE = VectorAttention.TILE;

  /** float32 scores of one product, so that they stay in a core's cache. */
  private static final int MOST_SCORES = 1 << 18;

  /** Elements of an address that every operation likes. */
  private static final int ALIGNMENT = 32;

  private final VectorAttention exact;
  private final OneDnn dnn = new OneDnn();
  private final Map<Rounding, OneDnnOperation> roundings = new HashMap<>();
  private final Map<Shape, Forward> forwards = new HashMap<>();
  private final Map<BackwardShape, Backward> backwards = new HashMap<>();
  private final float[] scratch = new float[Lanes.WIDTH];

  Bf16Attention(Blas blas) {
    exact = new VectorAttention(blas);
  }

  /** A float32 matrix whose rows lie {@code stride} elements apart, to a dense one in bfloat16. */
  private record Rounding(int rows, int columns, int stride) {}

  /** A tile of {@code rows} queries and so many keys. */
  private record Shape(Heads heads, int rows, int keys) {
    int group() {
      return heads.count() / heads.kvCount();
    }

    /** Key heads of one product: as many as keep the scores of a full tile in the cache. */
    int keyHeads() {
      long scores = (long) group() * TILE * stride();
      int most = heads.kvCount();
      while (most > 1 && (heads.kvCount() % most != 0 || most * scores > MOST_SCORES)) {
        most--;
      }
      return most;
    }

    int queryHeads() {
      return keyHeads() * group();
    }

    /** Elements from one row of scores to the next. */
    int stride() {
      return aligned(keys);
    }

    /** Elements of the scores of one product. */
    int scores() {
      return queryHeads() * rows * stride();
    }

    /** Elements of all heads' probabilities, in bfloat16. */
    int probabilities() {
      return heads.count() * rows * stride();
    }
  }

  /** A tile, and elements from one row of the gradients of queries, keys and values to the next. */
  private record BackwardShape(Shape tile, int queries, int keys, int values) {}

  private record Forward(OneDnnOperation scores, OneDnnOperation out) {}

  private record Backward(
      OneDnnOperation dProbabilities,
      OneDnnOperation dQueries,
      OneDnnOperation dKeys,
      OneDnnOperation dValues,
      OneDnnOperation widening) {}

  private static int aligned(int elements) {
    return (elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Where the parts of the memory between the passes begin, in float32 elements. What is for one
   * tile or sequence comes first, the probabilities of all tiles after it.
   *
   * @param probabilities of one product in float32; the scores of one are at 0
   * @param dScores of one product, in bfloat16 like all that follows
   * @param queries of a tile
   * @param dOut of a tile
   * @param keys of a sequence
   * @param values of a sequence
   * @param tiles probabilities of the first tile
   */
  private record Places(
      long probabilities,
      long dScores,
      long queries,
      long dOut,
      long keys,
      long values,
      long tiles) {
    static Places of(Sequences sequences, Heads heads) {
      int length = sequences.computed();
      long scores = 0;
      for (int q = 0; q < length; q += TILE) {
        int to = Math.min(length, q + TILE);
        scores = Math.max(scores, new Shape(heads, to - q, to).scores());
      }
      long dScores = 2 * scores;
      long queries = dScores + scores / 2;
      long dOut = queries + halves((long) TILE * heads.queryWidth());
      long keys = dOut + halves((long) TILE * heads.queryWidth());
      long values = keys + halves((long) length * heads.keyWidth());
      long tiles = values + halves((long) length * heads.keyWidth());
      return new Places(scores, dScores, queries, dOut, keys, values, tiles);
    }

    /** float32 elements that hold so many in bfloat16. */
    private static long halves(long elements) {
      return (elements / 2 + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    }
  }

  /**
   * The first key of a tile's products. Their number is a multiple of {@link #TILE} or all before:
   * each number makes operations of its own.
   */
  private static int firstKey(Sequences sequences, Heads heads, int sequence, int q) {
    int to = Math.min(sequences.computed(), q + TILE);
    int seen = to - heads.firstKey(sequences, sequence * sequences.computed() + q);
    return Math.max(0, to - (seen + TILE - 1) / TILE * TILE);
  }

  private static Shape shape(Sequences sequences, Heads heads, int sequence, int q) {
    int to = Math.min(sequences.computed(), q + TILE);
    return new Shape(heads, to - q, to - firstKey(sequences, heads, sequence, q));
  }

  @Override
  public long memory(Sequences sequences, Heads heads) {
    if (!sequences.areWhole()) {
      return exact.memory(sequences, heads);
    }
    long sum = Places.of(sequences, heads).tiles();
    for (int s = 0; s < sequences.count(); s++) {
      for (int q = 0; q < sequences.computed(); q += TILE) {
        sum = Math.addExact(sum, shape(sequences, heads, s, q).probabilities() / 2);
      }
    }
    return sum;
  }

  @Override
  public void forward(
      Sequences sequences, Heads heads, Kernels.AttentionInputs in, CpuTensor saved, Tensor out) {
    if (!sequences.areWhole()) {
      exact.forward(sequences, heads, in, saved, out);
      return;
    }
    Places places = Places.of(sequences, heads);
    int length = sequences.computed();
    CpuTensor target = CpuTensor.of(out);
    long tile = places.tiles();
    for (int s = 0; s < sequences.count(); s++) {
      int row = s * length;
      round(in.keys(), row, length, heads.keyWidth(), saved, places.keys());
      round(in.values(), row, length, heads.keyWidth(), saved, places.values());
      for (int q = 0; q < length; q += TILE) {
        Shape shape = shape(sequences, heads, s, q);
        round(in.queries(), row + q, shape.rows(), heads.queryWidth(), saved, places.queries());
        for (int head = 0; head < heads.count(); head += shape.queryHeads()) {
          Tile at = new Tile(sequences, heads, shape, s, q, head);
          forward(at, places, saved, tile, target);
          tile += shape.scores() / 2;
        }
      }
    }
  }

  /** Some heads of a tile: {@code head} is the first query head. */
  private record Tile(Sequences sequences, Heads heads, Shape shape, int s, int q, int head) {
    int firstKey() {
      return Bf16Attention.firstKey(sequences, heads, s, q);
    }

    /** Elements from the first query, or its gradient, of all heads to the tile's. */
    long queryHead() {
      return (long) head * heads.width();
    }

    /** The same of its key head. */
    long keyHead() {
      return (long) heads.keyHead(head) * heads.width();
    }

    /** Element of the first of the tile's keys or values in a dense matrix of a sequence. */
    long key() {
      return (long) firstKey() * heads.keyWidth() + keyHead();
    }

    /** Element of the tile's first row, and the first of its heads, among queries. */
    long query(Columns columns) {
      long row = (long) s * sequences.computed() + q;
      return row * columns.stride() + columns.from() + queryHead();
    }

    /** The same among keys or values. */
    long key(Columns columns) {
      long row = (long) s * sequences.computed() + firstKey();
      return row * columns.stride() + columns.from() + keyHead();
    }

    /** Keys that query {@code q + row} does not see, of those that the products have. */
    int hidden(int row) {
      return heads.firstKey(sequences, s * sequences.computed() + q + row) - firstKey();
    }

    /** One more than the last key that it sees. */
    int seen(int row) {
      return q + row + 1 - firstKey();
    }
  }

  private void forward(Tile t, Places places, CpuTensor saved, long kept, CpuTensor out) {
    Shape shape = t.shape();
    Forward operations = forwards.computeIfAbsent(shape, this::forward);
    operations.scores().source(saved.halves(places.queries(), t.queryHead()));
    operations.scores().right(saved.halves(places.keys(), t.key())).target(saved.bytes(0));
    dnn.run(operations.scores());
    ByteBuffer scores = saved.buffer();
    int at = 0;
    for (int head = 0; head < shape.queryHeads(); head++) {
      for (int row = 0; row < shape.rows(); row++, at += shape.stride()) {
        VectorSoftmax.softmaxRow(scores, at, t.hidden(row), t.seen(row), shape.stride(), scratch);
      }
    }
    round(shape, saved, 0, kept);
    operations.out().source(saved.bytes(kept)).right(saved.halves(places.values(), t.key()));
    dnn.run(operations.out().target(out.bytes(t.query(Columns.all(out, t.heads().queryWidth())))));
  }

  @Override
  public void backward(
      Sequences sequences,
      Heads heads,
      Kernels.AttentionPass pass,
      Tensor dOut,
      Kernels.AttentionInputs d) {
    if (!sequences.areWhole()) {
      exact.backward(sequences, heads, pass, dOut, d);
      return;
    }
    Places places = Places.of(sequences, heads);
    Columns dRows = Columns.all(dOut, heads.queryWidth());
    Kernels.AttentionInputs in = pass.in();
    CpuTensor saved = CpuTensor.of(pass.saved());
    int length = sequences.computed();
    long tile = places.tiles();
    for (int s = 0; s < sequences.count(); s++) {
      int row = s * length;
      round(in.keys(), row, length, heads.keyWidth(), saved, places.keys());
      round(in.values(), row, length, heads.keyWidth(), saved, places.values());
      clear(d.keys(), row, length, heads.keyWidth());
      clear(d.values(), row, length, heads.keyWidth());
      for (int q = 0; q < length; q += TILE) {
        Shape shape = shape(sequences, heads, s, q);
        round(in.queries(), row + q, shape.rows(), heads.queryWidth(), saved, places.queries());
        round(dRows, row + q, shape.rows(), heads.queryWidth(), saved, places.dOut());
        for (int head = 0; head < heads.count(); head += shape.queryHeads()) {
          backward(new Tile(sequences, heads, shape, s, q, head), places, saved, tile, d);
          tile += shape.scores() / 2;
        }
      }
    }
  }

  private void backward(
      Tile t, Places places, CpuTensor saved, long kept, Kernels.AttentionInputs d) {
    Shape shape = t.shape();
    BackwardShape key =
        new BackwardShape(shape, d.queries().stride(), d.keys().stride(), d.values().stride());
    Backward operations = backwards.computeIfAbsent(key, this::backward);
    // dp = dOut · Vᵀ
    operations.dProbabilities().source(saved.halves(places.dOut(), t.queryHead()));
    operations.dProbabilities().right(saved.halves(places.values(), t.key()));
    dnn.run(operations.dProbabilities().target(saved.bytes(0)));
    softmaxBackward(t, places, operations.widening(), saved, kept);
    round(shape, saved, 0, places.dScores());
    // dQ = ds · K
    CpuTensor dQueries = CpuTensor.of(d.queries().tensor());
    operations.dQueries().source(saved.bytes(places.dScores()));
    operations.dQueries().right(saved.halves(places.keys(), t.key()));
    dnn.run(operations.dQueries().target(dQueries.bytes(t.query(d.queries()))));
    CpuTensor dKeys = CpuTensor.of(d.keys().tensor());
    CpuTensor dValues = CpuTensor.of(d.values().tensor());
    for (int member = 0; member < shape.group(); member++) {
      // dV += pᵀ · dOut and dK += dsᵀ · Q
      long scores = (long) member * shape.rows() * shape.stride();
      long head = t.queryHead() + (long) member * t.heads().width();
      operations.dValues().source(saved.halves(kept, scores));
      operations.dValues().right(saved.halves(places.dOut(), head));
      dnn.run(operations.dValues().target(dValues.bytes(t.key(d.values()))));
      operations.dKeys().source(saved.halves(places.dScores(), scores));
      operations.dKeys().right(saved.halves(places.queries(), head));
      dnn.run(operations.dKeys().target(dKeys.bytes(t.key(d.keys()))));
    }
  }

  private void softmaxBackward(
      Tile t, Places places, OneDnnOperation widening, CpuTensor saved, long kept) {
    Shape shape = t.shape();
    dnn.run(widening.source(saved.bytes(kept)).target(saved.bytes(places.probabilities())));
    VectorSoftmax.SoftmaxGradient gradient =
        new VectorSoftmax.SoftmaxGradient(
            saved.buffer(), saved.buffer(), shape.stride(), scale(t.heads()));
    int first = Math.toIntExact(places.probabilities());
    int at = 0;
    for (int head = 0; head < shape.queryHeads(); head++) {
      for (int row = 0; row < shape.rows(); row++, at += shape.stride()) {
        VectorSoftmax.softmaxRowBackward(gradient, first + at, at, t.seen(row), scratch);
      }
    }
  }

  private static float scale(Heads heads) {
    return (float) (1 / Math.sqrt(heads.width()));
  }

  private static void clear(Columns gradients, int row, int rows, int width) {
    CpuTensor tensor = CpuTensor.of(gradients.tensor());
    for (int i = row; i < row + rows; i++) {
      long at = (long) i * gradients.stride() + gradients.from();
      VectorRows.clear(tensor.window(at), CpuTensor.within(at), width);
    }
  }

  /** Rounds rows of queries, keys, values or the output's gradient to a dense matrix. */
  private void round(Columns from, int row, int rows, int columns, CpuTensor saved, long to) {
    if (from.headStride() != 0) {
      throw new IllegalArgumentException(
          "attention: expected heads next to each other, found a head stride of "
              + from.headStride());
    }
    long at = (long) row * from.stride() + from.from();
    OneDnnOperation operation = rounding(new Rounding(rows, columns, from.stride()));
    CpuTensor source = CpuTensor.of(from.tensor());
    dnn.run(operation.source(source.bytes(at)).target(saved.bytes(to)));
  }

  /** Rounds the scores of one product. */
  private void round(Shape shape, CpuTensor saved, long from, long to) {
    int rows = shape.queryHeads() * shape.rows();
    OneDnnOperation operation = rounding(new Rounding(rows, shape.stride(), shape.stride()));
    dnn.run(operation.source(saved.bytes(from)).target(saved.bytes(to)));
  }

  private OneDnnOperation rounding(Rounding shape) {
    return roundings.computeIfAbsent(
        shape,
        r ->
            dnn.conversion(
                dnn.floats(r.rows(), r.columns(), r.stride()),
                dnn.halves(r.rows(), r.columns(), r.columns())));
  }

  private Forward forward(Shape shape) {
    Operands operands = new Operands(dnn, shape);
    return new Forward(
        dnn.scaledProduct(
            operands.queries(), operands.transposedKeys(), operands.scores(), scale(shape.heads())),
        dnn.product(
            operands.probabilities(),
            operands.keys(),
            operands.queryGradients(shape.heads().queryWidth())));
  }

  private Backward backward(BackwardShape key) {
    Shape shape = key.tile();
    Operands operands = new Operands(dnn, shape);
    int rows = shape.queryHeads() * shape.rows();
    int stride = shape.stride();
    return new Backward(
        dnn.product(operands.queries(), operands.transposedKeys(), operands.scores()),
        dnn.product(
            operands.probabilities(), operands.keys(), operands.queryGradients(key.queries())),
        dnn.addedProduct(
            operands.transposedMember(), operands.member(), operands.keyGradients(key.keys())),
        dnn.addedProduct(
            operands.transposedMember(), operands.member(), operands.keyGradients(key.values())),
        dnn.conversion(dnn.halves(rows, stride, stride), dnn.floats(rows, stride, stride)));
  }

  /**
   * How the operands of a tile's products lie: [key heads, group, rows, columns], or without the
   * group for those of one of its members.
   */
  private record Operands(OneDnn dnn, Shape shape) {
    private long group() {
      return shape.group();
    }

    private long width() {
      return shape.heads().width();
    }

    private long[] extents(long group, long rows, long columns) {
      return new long[] {shape.keyHeads(), group, rows, columns};
    }

    /** Queries, or the gradient of the output. */
    dnnl_memory_desc queries() {
      return dnn.halves(
          extents(group(), shape.rows(), width()),
          new long[] {group() * width(), width(), shape.heads().queryWidth(), 1});
    }

    /** The output, or the gradient of queries. */
    dnnl_memory_desc queryGradients(int stride) {
      return dnn.floats(
          extents(group(), shape.rows(), width()),
          new long[] {group() * width(), width(), stride, 1});
    }

    /** Keys or values. */
    dnnl_memory_desc keys() {
      return dnn.halves(
          extents(1, shape.keys(), width()),
          new long[] {width(), width(), shape.heads().keyWidth(), 1});
    }

    dnnl_memory_desc transposedKeys() {
      return dnn.halves(
          extents(1, width(), shape.keys()),
          new long[] {width(), width(), 1, shape.heads().keyWidth()});
    }

    dnnl_memory_desc scores() {
      return dnn.floats(extents(group(), shape.rows(), shape.keys()), scoreStrides());
    }

    dnnl_memory_desc probabilities() {
      return dnn.halves(extents(group(), shape.rows(), shape.keys()), scoreStrides());
    }

    private long[] scoreStrides() {
      long head = (long) shape.rows() * shape.stride();
      return new long[] {group() * head, head, shape.stride(), 1};
    }

    /** Probabilities, or their gradient, of one query head of each group. */
    dnnl_memory_desc transposedMember() {
      return dnn.halves(
          new long[] {shape.keyHeads(), shape.keys(), shape.rows()},
          new long[] {group() * shape.rows() * shape.stride(), 1, shape.stride()});
    }

    /** Queries, or the gradient of the output, of one query head of each group. */
    dnnl_memory_desc member() {
      return dnn.halves(
          new long[] {shape.keyHeads(), shape.rows(), width()},
          new long[] {group() * width(), shape.heads().queryWidth(), 1});
    }

    /** The gradient of keys or values. */
    dnnl_memory_desc keyGradients(int stride) {
      return dnn.floats(
          new long[] {shape.keyHeads(), shape.keys(), width()}, new long[] {width(), stride, 1});
    }
  }

  @Override
  public void close() {
    dnn.close();
  }
}
