package org.kindling.kernels;

import java.util.stream.IntStream;

/**
 * Attention in double precision, one query after the other. Probabilities are kept as [sequences,
 * query heads, computed, capacity].
 */
final class PlainAttention {
  private final Sequences sequences;
  private final Heads heads;

  PlainAttention(Sequences sequences, Heads heads) {
    this.sequences = sequences;
    this.heads = heads;
  }

  long memory() {
    return (long) sequences.rows() * heads.count() * sequences.capacity();
  }

  /** One query of one head: row r of the queries stands at a position of its sequence. */
  private record Query(int row, int sequence, int position, int head) {}

  /** Every query of every head, in any order. */
  private Iterable<Query> queries() {
    return () ->
        IntStream.range(0, sequences.rows() * heads.count())
            .mapToObj(i -> query(i / heads.count(), i % heads.count()))
            .iterator();
  }

  private Query query(int row, int head) {
    int sequence = row / sequences.computed();
    int position = sequences.first(sequence) + row % sequences.computed();
    return new Query(row, sequence, position, head);
  }

  private boolean sees(Query q, int key) {
    boolean inWindow = heads.window() == 0 || q.position() - key < heads.window();
    return key <= q.position() && inWindow && key >= sequences.documentStart(q.row());
  }

  private int queryAt(Columns columns, Query q) {
    return q.row() * columns.stride() + columns.from() + q.head() * heads.width();
  }

  private int keyAt(Columns columns, Query q, int key) {
    int row = sequences.slot(q.sequence()) * sequences.capacity() + key;
    int group = heads.count() / heads.kvCount();
    int head = q.head() / group;
    long ofHead =
        columns.headStride() == 0 ? (long) head * heads.width() : head * columns.headStride();
    return (int) (row * columns.stride() + columns.from() + ofHead);
  }

  private int savedAt(Query q) {
    return (q.row() * heads.count() + q.head()) * sequences.capacity();
  }

  private double dot(Columns a, int atA, Columns b, int atB) {
    double sum = 0;
    for (int i = 0; i < heads.width(); i++) {
      sum += values(a).get(atA + i) * values(b).get(atB + i);
    }
    return sum;
  }

  private static PlainTensor values(Columns columns) {
    return PlainTensor.of(columns.tensor());
  }

  private void addScaled(Columns to, int target, double factor, Columns from, int source) {
    for (int i = 0; i < heads.width(); i++) {
      values(to).add(target + i, factor * values(from).get(source + i));
    }
  }

  private void clear(Columns columns, int at) {
    for (int i = 0; i < heads.width(); i++) {
      values(columns).set(at + i, 0);
    }
  }

  void forward(Kernels.AttentionInputs in, PlainTensor saved, Tensor outTensor) {
    Columns out = Columns.all(outTensor, heads.queryWidth());
    for (Query q : queries()) {
      softmax(q, in, saved);
      clear(out, queryAt(out, q));
      for (int k = 0; k <= q.position(); k++) {
        double p = saved.get(savedAt(q) + k);
        if (sees(q, k)) {
          addScaled(out, queryAt(out, q), p, in.values(), keyAt(in.values(), q, k));
        }
      }
    }
  }

  private void softmax(Query q, Kernels.AttentionInputs in, PlainTensor saved) {
    double sum = 0;
    for (int k = 0; k <= q.position(); k++) {
      double e = 0;
      if (sees(q, k)) {
        double score =
            dot(in.queries(), queryAt(in.queries(), q), in.keys(), keyAt(in.keys(), q, k));
        e = Math.exp(score / Math.sqrt(heads.width()));
      }
      saved.set(savedAt(q) + k, e);
      sum += e;
    }
    for (int k = 0; k <= q.position(); k++) {
      saved.set(savedAt(q) + k, saved.get(savedAt(q) + k) / sum);
    }
  }

  void backward(Kernels.AttentionPass forward, Tensor dOutTensor, Kernels.AttentionInputs d) {
    Columns dOut = Columns.all(dOutTensor, heads.queryWidth());
    for (Query q : queries()) {
      clear(d.queries(), queryAt(d.queries(), q));
      for (int k = 0; k < sequences.end(q.sequence()); k++) {
        clear(d.keys(), keyAt(d.keys(), q, k));
        clear(d.values(), keyAt(d.values(), q, k));
      }
    }
    for (Query q : queries()) {
      backward(q, forward, dOut, d);
    }
  }

  private void backward(
      Query q, Kernels.AttentionPass forward, Columns dOut, Kernels.AttentionInputs d) {
    Kernels.AttentionInputs in = forward.in();
    PlainTensor saved = PlainTensor.of(forward.saved());
    int out = queryAt(dOut, q);
    double weighted = 0;
    for (int k = 0; k <= q.position(); k++) {
      double p = saved.get(savedAt(q) + k);
      weighted += p * dot(dOut, out, in.values(), keyAt(in.values(), q, k));
    }
    for (int k = 0; k <= q.position(); k++) {
      double p = saved.get(savedAt(q) + k);
      double dp = dot(dOut, out, in.values(), keyAt(in.values(), q, k));
      double ds = p * (dp - weighted) / Math.sqrt(heads.width());
      addScaled(d.values(), keyAt(d.values(), q, k), p, dOut, out);
      addScaled(d.queries(), queryAt(d.queries(), q), ds, in.keys(), keyAt(in.keys(), q, k));
      addScaled(d.keys(), keyAt(d.keys(), q, k), ds, in.queries(), queryAt(in.queries(), q));
    }
  }
}
