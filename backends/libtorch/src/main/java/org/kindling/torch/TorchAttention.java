package org.kindling.torch;

import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;

/**
 * Attention over sequences that go together: all of a batch that begins, or one that goes on. With
 * B sequences, G query heads a key head, Q queries and K keys, probabilities are [B, key heads, G ·
 * Q, K], kept whole. Everything made here lives in the caller's scope.
 *
 * @param from the first sequence
 * @param count B
 */
record TorchAttention(Sequences sequences, Heads heads, int from, int count, Device device) {
  static long memory(Sequences s, Heads heads) {
    long sum = 0;
    for (int sequence = 0; sequence < s.count(); sequence++) {
      long scores = Math.multiplyExact((long) s.computed(), s.end(sequence));
      sum = Math.addExact(sum, Math.multiplyExact(heads.count(), scores));
    }
    return sum;
  }

  private int computed() {
    return sequences.computed();
  }

  private int keys() {
    return sequences.end(from);
  }

  private int group() {
    return heads.count() / heads.kvCount();
  }

  /** [B, Q, key heads, G, width] */
  private Tensor queryView(Columns columns) {
    long stride = columns.stride();
    long width = heads.width();
    return TorchTensor.of(columns.tensor())
        .view(
            from * computed() * stride + columns.from(),
            new long[] {count, computed(), heads.kvCount(), group(), width},
            new long[] {computed() * stride, stride, group() * width, width, 1});
  }

  /** [B, key heads, G · Q, width] */
  private Tensor queries(Columns columns) {
    return queryView(columns)
        .permute(0, 2, 3, 1, 4)
        .reshape(count, heads.kvCount(), (long) group() * computed(), heads.width());
  }

  private void writeQueries(Tensor values, Columns to) {
    Tensor split = values.reshape(count, heads.kvCount(), group(), computed(), heads.width());
    queryView(to).copy_(split.permute(0, 3, 1, 2, 4));
  }

  /** [B, key heads, K, width] */
  private Tensor keyView(Columns columns) {
    long stride = columns.stride();
    long slot = (long) sequences.slot(from) * sequences.capacity();
    return TorchTensor.of(columns.tensor())
        .view(
            slot * stride + columns.from(),
            new long[] {count, heads.kvCount(), keys(), heads.width()},
            new long[] {sequences.capacity() * stride, columns.head(1, heads.width()), stride, 1});
  }

  private Tensor probabilities(TorchTensor saved) {
    long rows = (long) group() * computed();
    // Where sequences go on one by one nobody reads the others' probabilities again.
    return saved
        .vector(0, (long) count * heads.count() * computed() * keys())
        .view(count, heads.kvCount(), rows, keys());
  }

  /** [B, 1, 1, Q, K], or 1 for B where all sequences have the same: what is not seen. */
  private Tensor hidden() {
    int masks = sequences.haveDocuments() ? count : 1;
    long[] first = new long[masks * computed()];
    long[] last = new long[masks * computed()];
    for (int i = 0; i < first.length; i++) {
      int row = from * computed() + i;
      first[i] = heads.firstKey(sequences, row);
      last[i] = sequences.first(from + i / computed()) + i % computed();
    }
    TensorOptions options = new TensorOptions(ScalarType.Long);
    Tensor keys = torch.arange(new Scalar(keys()), options);
    Tensor before = keys.lt(TorchTensor.longs(first, masks, 1, 1, computed(), 1));
    Tensor after = keys.gt(TorchTensor.longs(last, masks, 1, 1, computed(), 1));
    return before.logical_or(after).to(device, ScalarType.Bool);
  }

  void forward(Kernels.AttentionInputs in, TorchTensor saved, Columns out) {
    Tensor scores = queries(in.queries()).matmul(keyView(in.keys()).transpose(-2, -1));
    Tensor split =
        scores
            .mul_(new Scalar(heads.scale()))
            .view(count, heads.kvCount(), group(), computed(), keys());
    split.masked_fill_(hidden(), new Scalar(Double.NEGATIVE_INFINITY));
    Tensor probabilities = probabilities(saved);
    probabilities.copy_(scores.softmax(-1));
    writeQueries(probabilities.matmul(keyView(in.values())), out);
  }

  void backward(
      Kernels.AttentionInputs in, TorchTensor saved, Columns dOut, Kernels.AttentionInputs d) {
    Tensor probabilities = probabilities(saved);
    Tensor dRows = queries(dOut);
    keyView(d.values()).copy_(probabilities.transpose(-2, -1).matmul(dRows));
    Tensor dScores = dRows.matmul(keyView(in.values()).transpose(-2, -1));
    Tensor dot = dScores.mul(probabilities).sum(new long[] {-1}, true, null);
    dScores.sub_(dot).mul_(probabilities).mul_(new Scalar(heads.scale()));
    writeQueries(dScores.matmul(keyView(in.keys())), d.queries());
    keyView(d.keys()).copy_(dScores.transpose(-2, -1).matmul(queries(in.queries())));
  }
}
