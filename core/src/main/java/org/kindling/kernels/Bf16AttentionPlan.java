package org.kindling.kernels;

/**
 * The operations of one pass of {@link Bf16Attention} over sequences of one length, made when a
 * tile is first seen; and where in memory what they work on lies.
 */
final class Bf16AttentionPlan {
  private static final int TILE = VectorAttention.TILE;

  /**
   * What a plan is for.
   *
   * @param length of a sequence
   * @param queries elements from one row of queries to the next, in float32
   * @param keys the same of keys
   * @param values the same of values
   */
  record Key(Heads heads, int length, int queries, int keys, int values) {
    static Key of(Heads heads, int length, Kernels.AttentionInputs in) {
      return new Key(
          heads, length, in.queries().stride(), in.keys().stride(), in.values().stride());
    }
  }

  /**
   * What a tile runs; all are null but the shape until {@link #forward} or {@link #backward} makes
   * them.
   */
  static final class Tile {
    final Bf16AttentionShape shape;
    final int queryHeads;
    final int stride;

    /** Elements of the scores of one product. */
    final int scores;

    OneDnnOperation roundQueries;
    OneDnnOperation roundScores;
    OneDnnOperation product;
    OneDnnOperation out;
    OneDnnOperation roundOutGradient;
    OneDnnOperation widenProbabilities;
    OneDnnOperation probabilityGradients;
    OneDnnOperation queryGradients;
    OneDnnOperation keyGradients;
    OneDnnOperation valueGradients;

    private Tile(Bf16AttentionShape shape) {
      this.shape = shape;
      queryHeads = shape.queryHeads();
      stride = shape.stride();
      scores = shape.scoreRows() * stride;
    }
  }

  /** Rounds the keys of a sequence. */
  final OneDnnOperation roundKeys;

  final OneDnnOperation roundValues;

  /** Where the probabilities of one product are in float32; its scores are at 0. */
  final long probabilities;

  /** Where the gradient of its scores is, in bfloat16 like all that follows. */
  final long scoreGradients;

  /** Where the queries of a tile are. */
  final long queries;

  /** Where the gradient of its output is. */
  final long outGradients;

  /** Where the keys of a sequence are. */
  final long keys;

  final long values;

  /** Where the probabilities of the first tile begin; those of the others follow. */
  final long tiles;

  private final OneDnn dnn;
  private final Key key;

  /** By rows, full or fewer, and tiles of keys. */
  private final Tile[][] known;

  Bf16AttentionPlan(OneDnn dnn, Key key) {
    this.dnn = dnn;
    this.key = key;
    Heads heads = key.heads();
    int length = key.length();
    known = new Tile[2][(length + TILE - 1) / TILE + 1];
    roundKeys = rounding(length, heads.keyWidth(), key.keys());
    roundValues = rounding(length, heads.keyWidth(), key.values());
    long most = 0;
    for (int q = 0; q < length; q += TILE) {
      int to = Math.min(length, q + TILE);
      most = Math.max(most, tile(to - q, to).scores);
    }
    probabilities = most;
    scoreGradients = 2 * most;
    queries = scoreGradients + most / 2;
    outGradients = queries + halves((long) TILE * heads.queryWidth());
    keys = outGradients + halves((long) TILE * heads.queryWidth());
    values = keys + halves((long) length * heads.keyWidth());
    tiles = values + halves((long) length * heads.keyWidth());
  }

  /** float32 elements that hold so many in bfloat16. */
  private static long halves(long elements) {
    int alignment = Bf16AttentionShape.ALIGNMENT;
    return (elements / 2 + alignment) / alignment * alignment;
  }

  /** The tile of so many queries; keys are a multiple of a tile, or all of the sequence's. */
  Tile tile(int rows, int keyCount) {
    Tile[] ofRows = known[rows == TILE ? 0 : 1];
    int index = (keyCount + TILE - 1) / TILE;
    Tile tile = ofRows[index];
    if (tile == null) {
      tile = new Tile(new Bf16AttentionShape(key.heads(), rows, keyCount));
      ofRows[index] = tile;
    }
    return tile;
  }

  /** Makes what a tile's forward pass runs. */
  Tile forward(Tile tile) {
    if (tile.product != null) {
      return tile;
    }
    Bf16AttentionShape shape = tile.shape;
    int queryWidth = key.heads().queryWidth();
    tile.roundQueries = rounding(shape.rows(), queryWidth, key.queries());
    tile.roundScores = rounding(shape.scoreRows(), tile.stride, tile.stride);
    tile.out =
        dnn.product(
            shape.probabilities(dnn), shape.keys(dnn), shape.queryGradients(dnn, queryWidth));
    tile.product =
        dnn.scaledProduct(
            shape.queries(dnn),
            shape.transposedKeys(dnn),
            shape.scores(dnn),
            (float) key.heads().scale());
    return tile;
  }

  /**
   * Makes what a tile's backward pass runs.
   *
   * @param d the gradients' rows
   */
  Tile backward(Tile tile, Key d) {
    if (tile.queryGradients != null) {
      return tile;
    }
    forward(tile);
    Bf16AttentionShape shape = tile.shape;
    int queryWidth = key.heads().queryWidth();
    int rows = shape.scoreRows();
    int stride = tile.stride;
    tile.roundOutGradient = rounding(shape.rows(), queryWidth, queryWidth);
    tile.widenProbabilities =
        dnn.conversion(dnn.halves(rows, stride, stride), dnn.floats(rows, stride, stride));
    tile.probabilityGradients =
        dnn.product(shape.queries(dnn), shape.transposedKeys(dnn), shape.scores(dnn));
    tile.keyGradients =
        dnn.addedProduct(
            shape.transposedMember(dnn), shape.member(dnn), shape.keyGradients(dnn, d.keys()));
    tile.valueGradients =
        dnn.addedProduct(
            shape.transposedMember(dnn), shape.member(dnn), shape.keyGradients(dnn, d.values()));
    tile.queryGradients =
        dnn.product(
            shape.probabilities(dnn), shape.keys(dnn), shape.queryGradients(dnn, d.queries()));
    return tile;
  }

  /** From float32 rows {@code stride} elements apart to dense ones in bfloat16. */
  private OneDnnOperation rounding(int rows, int columns, int stride) {
    return dnn.conversion(dnn.floats(rows, columns, stride), dnn.halves(rows, columns, columns));
  }
}
