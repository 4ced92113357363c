package org.kindling.torch;

import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Sequences;

/**
 * Attention over sequences that go together: all of a batch that begins, or one that goes on. A
 * batch that begins goes through {@link FusedAttention}; with few queries a sequence, or heads that
 * no such kernel takes, scores are held whole, one square a sequence and head. Everything made here
 * lives in the caller's scope.
 *
 * @param from the first sequence
 * @param count of sequences, B
 */
record TorchAttention(Sequences sequences, Heads heads, int from, int count, Setting setting) {
  /** Of widths of heads that GPUs' kernels take. */
  private static final int WIDTHS = 8;

  private static final int WIDEST = 256;

  /**
   * Where and in what attention is computed.
   *
   * @param haveFlash whether a GPU has {@link FusedAttention#FLASH}
   */
  record Setting(TorchDevice device, Precision precision, boolean haveFlash) {
    /** Null where scores have to be held. */
    FusedAttention fused(Sequences sequences, Heads heads) {
      if (!sequences.areWhole()) {
        return null;
      }
      if (!device.isGpu()) {
        return FusedAttention.CPU;
      }
      if (heads.width() % WIDTHS != 0 || heads.width() > WIDEST) {
        return null;
      }
      boolean flash = haveFlash && precision == Precision.BF16 && heads.seeAll(sequences);
      return flash ? FusedAttention.FLASH : FusedAttention.EFFICIENT;
    }

    /** Of products: those of the CPU are fast in float32 alone. */
    ScalarType type(Tensor like) {
      return device.isGpu() || !TorchTensor.isHalf(like) ? like.scalar_type() : ScalarType.Float;
    }
  }

  /** Elements that forward keeps. */
  static long memory(Sequences s, Heads heads, Setting setting) {
    if (setting.fused(s, heads) != null) {
      long outputs = Math.multiplyExact((long) s.rows(), heads.queryWidth());
      return Math.addExact(outputs, (long) s.count() * heads.count() * rows(s.computed()));
    }
    if (!s.areWhole()) {
      // No backward pass follows.
      return 0;
    }
    long scores = Math.multiplyExact((long) s.rows(), s.computed());
    return Math.multiplyExact(heads.count(), scores);
  }

  private static int rows(int queries) {
    int unit = FusedAttention.ROWS;
    return (queries + unit - 1) / unit * unit;
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

  private FusedAttention fused() {
    return setting.fused(sequences, heads);
  }

  private TorchTensor own(Columns columns) {
    return TorchTensor.of(columns.tensor(), setting.precision());
  }

  /** [B, heads, Q, width] */
  private Tensor queryView(Columns columns) {
    long stride = columns.stride();
    long width = heads.width();
    return own(columns)
        .view(
            from * computed() * stride + columns.from(),
            new long[] {count, heads.count(), computed(), width},
            new long[] {computed() * stride, width, stride, 1});
  }

  /** [B, key heads, K, width] */
  private Tensor keyView(Columns columns) {
    long stride = columns.stride();
    long slot = (long) sequences.slot(from) * sequences.capacity();
    return own(columns)
        .view(
            slot * stride + columns.from(),
            new long[] {count, heads.kvCount(), keys(), heads.width()},
            new long[] {sequences.capacity() * stride, columns.head(1, heads.width()), stride, 1});
  }

  /** [B, heads, K, width]: a copy where heads share keys. */
  private Tensor perQueryHead(Tensor keys) {
    return group() == 1
        ? keys
        : keys.unsqueeze(2)
            .expand(count, heads.kvCount(), group(), keys(), heads.width())
            .reshape(count, heads.count(), keys(), heads.width());
  }

  /** [B or 1, 1, Q, K]: −∞ for what is not seen, else 0. */
  private Tensor mask(ScalarType type) {
    int masks = sequences.haveDocuments() ? count : 1;
    long[] first = new long[masks * computed()];
    long[] last = new long[masks * computed()];
    for (int i = 0; i < first.length; i++) {
      int row = from * computed() + i;
      first[i] = heads.firstKey(sequences, row);
      last[i] = sequences.first(from + i / computed()) + i % computed();
    }
    Tensor keys =
        torch
            .arange(new Scalar(keys()), new TensorOptions(ScalarType.Long))
            .to(setting.device().place(), ScalarType.Long);
    Tensor hidden = keys.lt(edges(first, masks)).logical_or(keys.gt(edges(last, masks)));
    // GPUs' kernels read rows from multiples of 16 bytes.
    long stride = (keys() + 15) / 16 * 16;
    TensorOptions options = setting.device().options(type);
    Tensor mask =
        torch.zeros(new long[] {masks, 1, computed(), stride}, options).narrow(3, 0, keys());
    return mask.masked_fill_(hidden, new Scalar(Double.NEGATIVE_INFINITY));
  }

  private Tensor edges(long[] values, int masks) {
    return TorchTensor.longs(values, masks, 1, computed(), 1)
        .to(setting.device().place(), ScalarType.Long);
  }

  private FusedAttention.Inputs inputs(Kernels.AttentionInputs in, FusedAttention fused) {
    Tensor q = queryView(in.queries());
    ScalarType type = setting.type(q);
    Tensor k = keyView(in.keys());
    Tensor v = keyView(in.values());
    if (fused != FusedAttention.FLASH) {
      k = perQueryHead(k);
      v = perQueryHead(v);
    }
    Tensor mask = heads.seeAll(sequences) ? null : mask(type);
    return new FusedAttention.Inputs(q.to(type), k.to(type), v.to(type), mask, heads.scale());
  }

  /** What forward kept, or is to keep, in its place. */
  private FusedAttention.Result kept(TorchTensor saved, FusedAttention fused) {
    long outputs = (long) count * computed() * heads.queryWidth();
    int rows = fused == FusedAttention.EFFICIENT ? rows(computed()) : computed();
    Tensor logSums =
        saved.vector(outputs, (long) count * heads.count() * rows).view(count, heads.count(), rows);
    long width = heads.width();
    Tensor out =
        saved.view(
            0,
            new long[] {count, heads.count(), computed(), width},
            new long[] {(long) computed() * heads.queryWidth(), width, heads.queryWidth(), 1});
    return new FusedAttention.Result(out, logSums);
  }

  void forward(Kernels.AttentionInputs in, TorchTensor saved, Columns out) {
    FusedAttention fused = fused();
    if (fused == null) {
      queryView(out).copy_(whole(in, saved));
      return;
    }
    FusedAttention.Result result = fused.forward(inputs(in, fused));
    FusedAttention.Result kept = kept(saved, fused);
    kept.out().copy_(result.out());
    kept.logSum().copy_(result.logSum());
    queryView(out).copy_(result.out());
  }

  void backward(
      Kernels.AttentionInputs in, TorchTensor saved, Columns dOut, Kernels.AttentionInputs d) {
    FusedAttention fused = fused();
    if (fused == null) {
      wholeBackward(in, saved, dOut, d);
      return;
    }
    FusedAttention.Inputs inputs = inputs(in, fused);
    FusedAttention.Result kept = kept(saved, fused);
    FusedAttention.Result asComputed =
        new FusedAttention.Result(kept.out().to(inputs.q().scalar_type()), kept.logSum());
    Tensor dRows = queryView(dOut).to(inputs.q().scalar_type());
    IValueVector gradients = fused.backward(inputs, asComputed, dRows);
    queryView(d.queries()).copy_(Operators.tensor(gradients, 0));
    keyView(d.keys()).copy_(perKeyHead(Operators.tensor(gradients, 1)));
    keyView(d.values()).copy_(perKeyHead(Operators.tensor(gradients, 2)));
  }

  /** Sums over the query heads of a key head, where each had a copy. */
  private Tensor perKeyHead(Tensor gradient) {
    return gradient.size(1) == heads.kvCount()
        ? gradient
        : gradient.reshape(count, heads.kvCount(), group(), keys(), heads.width()).sum(2);
  }

  /** [B, heads, Q, K] */
  private Tensor probabilities(TorchTensor saved) {
    return saved
        .vector(0, (long) count * heads.count() * computed() * keys())
        .view(count, heads.count(), computed(), keys());
  }

  private Tensor whole(Kernels.AttentionInputs in, TorchTensor saved) {
    Tensor q = queryView(in.queries());
    ScalarType type = setting.type(q);
    Tensor keys = perQueryHead(keyView(in.keys())).to(type);
    Tensor scores = q.to(type).matmul(keys.transpose(-2, -1)).mul_(new Scalar(heads.scale()));
    if (computed() > 1 || heads.window() > 0) {
      // A single query sees all keys there are.
      scores.add_(mask(type));
    }
    Tensor probabilities = scores.softmax(-1);
    if (sequences.areWhole()) {
      probabilities(saved).copy_(probabilities);
    }
    return probabilities.matmul(perQueryHead(keyView(in.values())).to(type));
  }

  private void wholeBackward(
      Kernels.AttentionInputs in, TorchTensor saved, Columns dOut, Kernels.AttentionInputs d) {
    Tensor probabilities = probabilities(saved);
    ScalarType type = probabilities.scalar_type();
    Tensor dRows = queryView(dOut).to(type);
    Tensor values = perQueryHead(keyView(in.values())).to(type);
    keyView(d.values()).copy_(perKeyHead(probabilities.transpose(-2, -1).matmul(dRows)));
    Tensor dScores = dRows.matmul(values.transpose(-2, -1));
    Tensor dot = dScores.mul(probabilities).sum(new long[] {-1}, true, null);
    dScores.sub_(dot).mul_(probabilities).mul_(new Scalar(heads.scale()));
    queryView(d.queries()).copy_(dScores.matmul(perQueryHead(keyView(in.keys())).to(type)));
    Tensor dKeys = dScores.transpose(-2, -1).matmul(queryView(in.queries()).to(type));
    keyView(d.keys()).copy_(perKeyHead(dKeys));
  }
}
