package org.kindling.kernels;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Logits and cross-entropy of some rows at a time. */
final class Nd4jHead {
  private Nd4jHead() {}

  /** Rows {@code first} to {@code first + count - 1}. */
  record Chunk(int first, int count) {}

  private static INDArray weight(OutputHead head, Tensor values) {
    return ((Nd4jTensor) values).view(0, head.vocabulary(), head.width());
  }

  private static INDArray rows(Nd4jTensor x, OutputHead head, Chunk chunk) {
    return x.view((long) chunk.first() * head.width(), chunk.count(), head.width());
  }

  private static INDArray scratch(OutputHead head, Chunk chunk) {
    return ((Nd4jTensor) head.scratch()).view(0, chunk.count(), head.vocabulary());
  }

  static void logits(OutputHead head, INDArray x, INDArray logits) {
    Nd4jOperations.product(x, weight(head, head.weight().value()).transpose(), logits);
    if (head.softCap() > 0) {
      Transforms.tanh(logits.divi(head.softCap()), false).muli(head.softCap());
    }
  }

  private static INDArray hot(
      OutputHead head, Kernels.Targets targets, Chunk chunk, INDArray like) {
    INDArray indices = Nd4jOperations.indices(targets.ids(), chunk.first(), chunk.count());
    return Nd4jOperations.oneHot(indices, head.vocabulary(), like.dataType());
  }

  static double loss(OutputHead head, Chunk chunk, Nd4jTensor x, Kernels.Targets targets) {
    INDArray scores = scratch(head, chunk);
    logits(head, rows(x, head, chunk), scores);
    return softmax(scores, hot(head, targets, chunk, scores), targets, chunk.first());
  }

  /** Leaves the softmax in the place of the scores; returns the weighted sum of the losses. */
  private static double softmax(INDArray scores, INDArray hot, Kernels.Targets targets, int first) {
    scores.subi(scores.max(true, 1));
    INDArray target = scores.mul(hot).sum(true, 1);
    Transforms.exp(scores, false);
    INDArray sums = scores.sum(true, 1);
    scores.divi(sums);
    double[] losses =
        Transforms.log(sums, true).subi(target).reshape(scores.size(0)).toDoubleVector();
    double loss = 0;
    for (int row = 0; row < losses.length; row++) {
      float weight = targets.weight(first + row);
      loss += weight == 0 ? 0 : weight * losses[row];
    }
    return loss;
  }

  static double lossBackward(
      OutputHead head,
      Chunk chunk,
      Nd4jTensor x,
      Kernels.Targets targets,
      float factor,
      Nd4jTensor dx) {
    INDArray input = rows(x, head, chunk);
    INDArray d = scratch(head, chunk);
    logits(head, input, d);
    INDArray hot = hot(head, targets, chunk, d);
    INDArray slopes = head.softCap() > 0 ? slopes(d, head.softCap()) : null;
    double loss = softmax(d, hot, targets, chunk.first());
    d.subi(hot).muliColumnVector(factors(targets, chunk, factor).castTo(d.dataType()));
    if (slopes != null) {
      d.muli(slopes);
    }
    Nd4jOperations.product(d, weight(head, head.weight().value()), rows(dx, head, chunk));
    weight(head, head.weight().gradient()).addi(Nd4jKernels.product(d.transpose(), input));
    return loss;
  }

  /** 1 − tanh² of what was capped. */
  private static INDArray slopes(INDArray capped, double cap) {
    INDArray tanh = capped.div(cap);
    return tanh.muli(tanh).rsubi(1);
  }

  private static INDArray factors(Kernels.Targets targets, Chunk chunk, float factor) {
    double[] factors = new double[chunk.count()];
    Arrays.setAll(factors, row -> (double) factor * targets.weight(chunk.first() + row));
    return Nd4j.createFromArray(factors);
  }
}
