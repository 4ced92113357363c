package org.kindling.kernels;

/** lm_head and cross-entropy in double precision, one row after the other. */
final class PlainHead {
  private final OutputHead head;
  private final PlainTensor weight;

  PlainHead(OutputHead head) {
    this.head = head;
    this.weight = PlainTensor.of(head.weight().value());
  }

  void logits(int rows, PlainTensor x, PlainTensor logits) {
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v < head.vocabulary(); v++) {
        logits.set((long) row * head.vocabulary() + v, logit(x, row, v));
      }
    }
  }

  private double logit(PlainTensor x, int row, int v) {
    int width = head.width();
    double sum = 0;
    for (int i = 0; i < width; i++) {
      sum += x.get(row * width + i) * weight.get(v * width + i);
    }
    return head.softCap() > 0 ? head.softCap() * Math.tanh(sum / head.softCap()) : sum;
  }

  private double[] logits(PlainTensor x, int row) {
    double[] logits = new double[head.vocabulary()];
    for (int v = 0; v < logits.length; v++) {
      logits[v] = logit(x, row, v);
    }
    return logits;
  }

  private static double logOfSum(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum);
  }

  double loss(int rows, PlainTensor x, Kernels.Targets targets) {
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      double weight = targets.weights() == null ? 1 : targets.weights()[row];
      double[] logits = logits(x, row);
      loss += weight == 0 ? 0 : weight * (logOfSum(logits) - logits[targets.ids()[row]]);
    }
    return loss;
  }

  void backward(int rows, PlainTensor x, Kernels.Targets targets, float factor, PlainTensor dx) {
    int width = head.width();
    PlainTensor gradient = PlainTensor.of(head.weight().gradient());
    dx.slice(0, (long) rows * width).clear();
    for (int row = 0; row < rows; row++) {
      double scale = factor * (targets.weights() == null ? 1 : (double) targets.weights()[row]);
      double[] logits = logits(x, row);
      double logOfSum = logOfSum(logits);
      for (int v = 0; v < head.vocabulary(); v++) {
        double oneHot = v == targets.ids()[row] ? 1 : 0;
        double d = scale * (Math.exp(logits[v] - logOfSum) - oneHot) * slope(logits[v]);
        for (int i = 0; i < width; i++) {
          dx.add(row * width + i, d * weight.get(v * width + i));
          gradient.add(v * width + i, d * x.get(row * width + i));
        }
      }
    }
  }

  /** Of the cap, at a logit that was capped: 1 − tanh². */
  private double slope(double capped) {
    return head.softCap() > 0 ? 1 - Math.pow(capped / head.softCap(), 2) : 1;
  }
}
