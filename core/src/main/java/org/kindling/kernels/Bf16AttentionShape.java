package org.kindling.kernels;

import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * A tile of {@code rows} queries and so many keys in {@link Bf16Attention}, and how the operands of
 * its products lie: [key heads, group, rows, columns], or without the group for those of one of its
 * members.
 */
record Bf16AttentionShape(Heads heads, int rows, int keys) {
  /** float32 scores of one product, so that they stay in a core's cache. */
  private static final int MOST_SCORES = 1 << 18;

  /** Elements of an address that every operation likes. */
  static final int ALIGNMENT = 32;

  int group() {
    return heads.count() / heads.kvCount();
  }

  /** Key heads of one product: as many as keep the scores of a full tile in the cache. */
  int keyHeads() {
    long scores = (long) group() * VectorAttention.TILE * stride();
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
    return (keys + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Rows of the scores of one product. */
  int scoreRows() {
    return queryHeads() * rows;
  }

  private long width() {
    return heads.width();
  }

  private long[] extents(long group, long rows, long columns) {
    return new long[] {keyHeads(), group, rows, columns};
  }

  /** Queries, or the gradient of the output. */
  dnnl_memory_desc queries(OneDnn dnn) {
    return dnn.halves(
        extents(group(), rows, width()),
        new long[] {group() * width(), width(), heads.queryWidth(), 1});
  }

  /** The output, or the gradient of queries. */
  dnnl_memory_desc queryGradients(OneDnn dnn, int stride) {
    return dnn.floats(
        extents(group(), rows, width()), new long[] {group() * width(), width(), stride, 1});
  }

  /** Keys or values. */
  dnnl_memory_desc keys(OneDnn dnn) {
    return dnn.halves(
        extents(1, keys, width()), new long[] {width(), width(), heads.keyWidth(), 1});
  }

  dnnl_memory_desc transposedKeys(OneDnn dnn) {
    return dnn.halves(
        extents(1, width(), keys), new long[] {width(), width(), 1, heads.keyWidth()});
  }

  dnnl_memory_desc scores(OneDnn dnn) {
    return dnn.floats(extents(group(), rows, keys), scoreStrides());
  }

  dnnl_memory_desc probabilities(OneDnn dnn) {
    return dnn.halves(extents(group(), rows, keys), scoreStrides());
  }

  private long[] scoreStrides() {
    long head = (long) rows * stride();
    return new long[] {group() * head, head, stride(), 1};
  }

  /** Probabilities, or their gradient, of one query head of each group. */
  dnnl_memory_desc transposedMember(OneDnn dnn) {
    return dnn.halves(
        new long[] {keyHeads(), keys, rows},
        new long[] {(long) group() * rows * stride(), 1, stride()});
  }

  /** Queries, or the gradient of the output, of one query head of each group. */
  dnnl_memory_desc member(OneDnn dnn) {
    return dnn.halves(
        new long[] {keyHeads(), rows, width()},
        new long[] {group() * width(), heads.queryWidth(), 1});
  }

  /** The gradient of keys or values. */
  dnnl_memory_desc keyGradients(OneDnn dnn, int stride) {
    return dnn.floats(new long[] {keyHeads(), keys, width()}, new long[] {width(), stride, 1});
  }
}
