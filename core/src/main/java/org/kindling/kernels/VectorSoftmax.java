package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Vector loops over rows of scores. Rows lie in scratch memory with strides that are multiples of
 * {@link Lanes#WIDTH}, so the last register may be loaded and stored whole.
 */
final class VectorSoftmax {
  private static final float LOWEST = -Float.MAX_VALUE;

  private VectorSoftmax() {}

  /** Largest of the first {@code n} elements; NaN if one is. */
  private static float max(ByteBuffer x, int row, int n) {
    int whole = Lanes.whole(n);
    FloatVector max = Lanes.broadcast(LOWEST);
    for (int i = 0; i < whole; i += WIDTH) {
      max = max.max(load(x, row + i));
    }
    if (whole < n) {
      max = max.max(Lanes.broadcast(LOWEST).blend(load(x, row + whole), Lanes.first(n - whole)));
    }
    return Lanes.max(max);
  }

  /** x = e^(x − max) in the first {@code n} elements, 0 in the rest of their last register. */
  private static float exponentials(ByteBuffer x, int row, int n, float max, float[] scratch) {
    int whole = Lanes.whole(n);
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector e = Lanes.exp(load(x, row + i).sub(max));
      store(e, x, row + i);
      sum = sum.add(e);
    }
    if (whole < n) {
      VectorMask<Float> valid = Lanes.first(n - whole);
      FloatVector e = Lanes.exp(Lanes.broadcast(max).blend(load(x, row + whole), valid).sub(max));
      e = FloatVector.zero(Lanes.SPECIES).blend(e, valid);
      store(e, x, row + whole);
      sum = sum.add(e);
    }
    return Lanes.sum(sum, scratch);
  }

  private static void scale(ByteBuffer x, int row, int n, float factor) {
    for (int i = 0; i < n; i += WIDTH) {
      store(load(x, row + i).mul(factor), x, row + i);
    }
  }

  /** Softmax of the first {@code n} elements in place; the others up to {@code stride} become 0. */
  static void softmaxRow(ByteBuffer x, int row, int n, int stride, float[] scratch) {
    float sum = exponentials(x, row, n, max(x, row, n), scratch);
    scale(x, row, n, 1f / sum);
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    for (int i = Lanes.whole(n + WIDTH - 1); i < stride; i += WIDTH) {
      store(zero, x, row + i);
    }
  }

  /** Where a row of probabilities and its gradient lie. */
  record SoftmaxGradient(ByteBuffer probabilities, ByteBuffer gradient, int stride, float scale) {}

  /**
   * gradient = scale · p · (gradient − Σ p · gradient) in the first {@code n} elements, 0 in the
   * others up to the stride.
   */
  static void softmaxRowBackward(
      SoftmaxGradient s, int row, int gradientRow, int n, float[] scratch) {
    ByteBuffer p = s.probabilities();
    ByteBuffer g = s.gradient();
    int whole = Lanes.whole(n);
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    FloatVector sum = zero;
    for (int i = 0; i < whole; i += WIDTH) {
      sum = load(p, row + i).fma(load(g, gradientRow + i), sum);
    }
    VectorMask<Float> valid = Lanes.first(n - whole);
    if (whole < n) {
      FloatVector last = zero.blend(load(g, gradientRow + whole), valid);
      sum = load(p, row + whole).fma(last, sum);
    }
    float dot = Lanes.sum(sum, scratch);
    float scale = s.scale();
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector centred = load(g, gradientRow + i).sub(dot);
      store(load(p, row + i).mul(scale).mul(centred), g, gradientRow + i);
    }
    int i = whole;
    if (whole < n) {
      FloatVector centred = load(g, gradientRow + whole).sub(dot);
      FloatVector last = load(p, row + whole).mul(scale).mul(centred);
      store(zero.blend(last, valid), g, gradientRow + whole);
      i += WIDTH;
    }
    for (; i < s.stride(); i += WIDTH) {
      store(zero, g, gradientRow + i);
    }
  }

  /** −ln softmax(x)[target] of {@code n} logits; the logits are overwritten. */
  static double crossEntropyRow(ByteBuffer x, int row, int n, int target, float[] scratch) {
    float max = max(x, row, n);
    float logit = Lanes.get(x, row + target);
    float sum = exponentials(x, row, n, max, scratch);
    return StrictMath.log(sum) + ((double) max - logit);
  }

  /** As {@link #crossEntropyRow}; the logits become factor · (softmax − one-hot target). */
  static double crossEntropyRowBackward(
      ByteBuffer x, int row, int n, int target, float factor, float[] scratch) {
    float max = max(x, row, n);
    float logit = Lanes.get(x, row + target);
    float sum = exponentials(x, row, n, max, scratch);
    scale(x, row, n, factor / sum);
    Lanes.put(x, row + target, Lanes.get(x, row + target) - factor);
    return StrictMath.log(sum) + ((double) max - logit);
  }
}
