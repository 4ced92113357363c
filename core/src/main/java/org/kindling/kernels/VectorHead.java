package org.kindling.kernels;

import java.nio.ByteBuffer;

/** Logits and cross-entropy of some rows at a time, so that they stay in the cache. */
final class VectorHead {
  /** Logits held at a time: 4 MB, which stays in the cache between the product and its softmax. */
  private static final int LOGITS = 1 << 20;

  private static final int FEWEST_ROWS = 64;
  private static final int MOST_ROWS = 1024;

  private final MatrixProducts products;
  private final float[] scratch = new float[Lanes.WIDTH];

  VectorHead(MatrixProducts products) {
    this.products = products;
  }

  private static int stride(int vocabulary) {
    return (vocabulary + Lanes.WIDTH - 1) / Lanes.WIDTH * Lanes.WIDTH;
  }

  private static int rows(int vocabulary) {
    int rows = LOGITS / stride(vocabulary);
    return Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, rows));
  }

  /** Rows of logits, and one of the slopes of a soft cap. */
  static long scratch(int vocabulary) {
    return (rows(vocabulary) + 1L) * stride(vocabulary);
  }

  void logits(OutputHead head, int rows, CpuTensor x, CpuTensor logits) {
    MatrixProducts.Logits target = new MatrixProducts.Logits(logits, head.vocabulary());
    products.logits(head, MatrixProducts.Rows.first(rows), x, target);
    for (long i = 0; head.softCap() > 0 && i < (long) rows * head.vocabulary(); i++) {
      ByteBuffer window = logits.window(i);
      float logit = Lanes.get(window, CpuTensor.within(i));
      double capped = head.softCap() * Math.tanh(logit / head.softCap());
      Lanes.put(window, CpuTensor.within(i), (float) capped);
    }
  }

  double loss(OutputHead head, int rows, CpuTensor x, Kernels.Targets targets) {
    int vocabulary = head.vocabulary();
    int stride = stride(vocabulary);
    int chunk = rows(vocabulary);
    ByteBuffer scores = CpuTensor.of(head.scratch()).buffer();
    MatrixProducts.Logits logits = new MatrixProducts.Logits(CpuTensor.of(head.scratch()), stride);
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      int count = Math.min(chunk, rows - first);
      products.logits(head, new MatrixProducts.Rows(first, count), x, logits);
      for (int row = 0; row < count; row++) {
        int at = row * stride;
        int target = targets.ids()[first + row];
        if (head.softCap() > 0) {
          VectorSoftmax.softCap(scores, at, vocabulary, (float) head.softCap(), null, 0);
        }
        double nats = VectorSoftmax.crossEntropyRow(scores, at, vocabulary, target, scratch);
        loss += weighted(targets, first + row, nats);
      }
    }
    return loss;
  }

  /** A prediction of weight 0 does not count, not even where its loss is infinite. */
  private static double weighted(Kernels.Targets targets, int row, double nats) {
    float weight = targets.weight(row);
    return weight == 0 ? 0 : weight * nats;
  }

  double lossBackward(
      OutputHead head, int rows, CpuTensor x, Kernels.Targets targets, float factor, CpuTensor dx) {
    int stride = stride(head.vocabulary());
    int chunk = rows(head.vocabulary());
    MatrixProducts.Logits logits = new MatrixProducts.Logits(CpuTensor.of(head.scratch()), stride);
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      MatrixProducts.Rows part = new MatrixProducts.Rows(first, Math.min(chunk, rows - first));
      products.logits(head, part, x, logits);
      for (int row = 0; row < part.count(); row++) {
        double nats = rowBackward(head, row, targets, first + row, factor);
        loss += weighted(targets, first + row, nats);
      }
      products.logitsBackward(head, part, x, logits, dx);
    }
    return loss;
  }

  private double rowBackward(
      OutputHead head, int row, Kernels.Targets targets, int target, float factor) {
    int vocabulary = head.vocabulary();
    int stride = stride(vocabulary);
    int at = row * stride;
    int slopes = rows(vocabulary) * stride;
    ByteBuffer scores = CpuTensor.of(head.scratch()).buffer();
    if (head.softCap() > 0) {
      float cap = (float) head.softCap();
      VectorSoftmax.softCap(scores, at, vocabulary, cap, scores, slopes);
    }
    int id = targets.ids()[target];
    float weighted = factor * targets.weight(target);
    double nats =
        VectorSoftmax.crossEntropyRowBackward(scores, at, vocabulary, id, weighted, scratch);
    if (head.softCap() > 0) {
      VectorSoftmax.multiply(scores, at, scores, slopes, vocabulary);
    }
    return nats;
  }
}
