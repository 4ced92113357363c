package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Vector loops over rows of scores. Rows lie in scratch memory with strides that are multiples of
 * {@link Lanes#WIDTH}, so the last register may be loaded and stored whole.
 */
final class VectorSoftmax {
  private static final float LOWEST = -Float.MAX_VALUE;

  private VectorSoftmax() {}

  /** The end of the last register that {@code n} elements reach. */
  private static int end(int n) {
    return Lanes.whole(n + WIDTH - 1);
  }

  /**
   * Sets what the last register holds beyond {@code n} elements. Masks would leave it alone, but
   * the compiler allocates each of them.
   */
  private static void pad(ByteBuffer x, int row, int n, float value) {
    for (int i = n; i < end(n); i++) {
      Lanes.put(x, row + i, value);
    }
  }

  /** Largest element of registers up to {@code end}; NaN if one is. */
  private static float max(ByteBuffer x, int row, int end) {
    FloatVector max = Lanes.broadcast(LOWEST);
    for (int i = 0; i < end; i += WIDTH) {
      max = max.max(load(x, row + i));
    }
    return Lanes.max(max);
  }

  /** x = e^(x − max) in registers up to {@code end}; returns their sum. */
  private static float exponentials(ByteBuffer x, int row, int end, float max, float[] scratch) {
    FloatVector maximum = Lanes.broadcast(max);
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < end; i += WIDTH) {
      FloatVector e = Lanes.exp(load(x, row + i).sub(maximum));
      store(e, x, row + i);
      sum = sum.add(e);
    }
    return Lanes.sum(sum, scratch);
  }

  private static void scale(ByteBuffer x, int row, int end, float factor) {
    FloatVector factors = Lanes.broadcast(factor);
    for (int i = 0; i < end; i += WIDTH) {
      store(load(x, row + i).mul(factors), x, row + i);
    }
  }

  private static void clear(ByteBuffer x, int row, int from, int to) {
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    for (int i = from; i < to; i += WIDTH) {
      store(zero, x, row + i);
    }
  }

  /**
   * Softmax of elements {@code from} to {@code n}, exclusive, in place; the others up to {@code
   * stride} become 0.
   */
  static void softmaxRow(ByteBuffer x, int row, int from, int n, int stride, float[] scratch) {
    int begin = Lanes.whole(from);
    int first = row + begin;
    int end = end(n) - begin;
    // e to LOWEST is 1e-38, nothing beside a sum of at least 1.
    fill(x, first, from - begin, LOWEST);
    pad(x, row, n, LOWEST);
    float sum = exponentials(x, first, end, max(x, first, end), scratch);
    scale(x, first, end, 1f / sum);
    fill(x, first, from - begin, 0f);
    pad(x, row, n, 0f);
    clear(x, row, 0, begin);
    clear(x, row, end(n), stride);
  }

  private static void fill(ByteBuffer x, int first, int n, float value) {
    for (int i = 0; i < n; i++) {
      Lanes.put(x, first + i, value);
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
    int end = end(n);
    // Probabilities are 0 beyond n; the gradient holds anything there, NaN even.
    pad(g, gradientRow, n, 0f);
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < end; i += WIDTH) {
      sum = load(p, row + i).fma(load(g, gradientRow + i), sum);
    }
    FloatVector dot = Lanes.broadcast(Lanes.sum(sum, scratch));
    FloatVector scale = Lanes.broadcast(s.scale());
    for (int i = 0; i < end; i += WIDTH) {
      FloatVector centred = load(g, gradientRow + i).sub(dot);
      store(load(p, row + i).mul(scale).mul(centred), g, gradientRow + i);
    }
    clear(g, gradientRow, end, s.stride());
  }

  /**
   * x = cap · tanh(x / cap) of {@code n} logits: tanh(u) = 1 − 2 / (e^(2u) + 1).
   *
   * @param slopes null, or where 1 − tanh² of each goes
   */
  static void softCap(ByteBuffer x, int row, int n, float cap, ByteBuffer slopes, int slope) {
    FloatVector twice = Lanes.broadcast(2 / cap);
    for (int i = 0; i < end(n); i += WIDTH) {
      FloatVector e = Lanes.exp(load(x, row + i).mul(twice));
      FloatVector tanh = Lanes.ONE.sub(Lanes.broadcast(2f).div(e.add(Lanes.ONE)));
      store(tanh.mul(cap), x, row + i);
      if (slopes != null) {
        store(Lanes.ONE.sub(tanh.mul(tanh)), slopes, slope + i);
      }
    }
  }

  /** x = x · factor of {@code n} elements, each by its own. */
  static void multiply(ByteBuffer x, int row, ByteBuffer factors, int factor, int n) {
    for (int i = 0; i < end(n); i += WIDTH) {
      store(load(x, row + i).mul(load(factors, factor + i)), x, row + i);
    }
  }

  /** −ln softmax(x)[target] of {@code n} logits; the logits are overwritten. */
  static double crossEntropyRow(ByteBuffer x, int row, int n, int target, float[] scratch) {
    int end = end(n);
    pad(x, row, n, LOWEST);
    float max = max(x, row, end);
    float logit = Lanes.get(x, row + target);
    float sum = exponentials(x, row, end, max, scratch);
    return StrictMath.log(sum) + ((double) max - logit);
  }

  /** As {@link #crossEntropyRow}; the logits become factor · (softmax − one-hot target). */
  static double crossEntropyRowBackward(
      ByteBuffer x, int row, int n, int target, float factor, float[] scratch) {
    int end = end(n);
    pad(x, row, n, LOWEST);
    float max = max(x, row, end);
    float logit = Lanes.get(x, row + target);
    float sum = exponentials(x, row, end, max, scratch);
    scale(x, row, end, factor / sum);
    Lanes.put(x, row + target, Lanes.get(x, row + target) - factor);
    return StrictMath.log(sum) + ((double) max - logit);
  }
}
