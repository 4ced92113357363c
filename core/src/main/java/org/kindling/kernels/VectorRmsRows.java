package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.loadPart;
import static org.kindling.kernels.Lanes.store;
import static org.kindling.kernels.Lanes.storePart;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * RMS norm of one row of n elements; {@code scratch} is [WIDTH], overwritten. With r = 1 /
 * √(mean(x²) + epsilon): y = x · r · gain.
 */
final class VectorRmsRows {
  private VectorRmsRows() {}

  /** r of one row. */
  static float reciprocal(ByteBuffer x, int row, int n, double epsilon, float[] scratch) {
    int whole = Lanes.whole(n);
    FloatVector squares = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector value = load(x, row + i);
      squares = value.fma(value, squares);
    }
    if (whole < n) {
      FloatVector value = loadPart(x, row + whole, n - whole, scratch);
      squares = value.fma(value, squares);
    }
    return (float) (1 / Math.sqrt(Lanes.sum(squares, scratch) / n + epsilon));
  }

  /** y = x · r · gain. */
  static void normalize(
      ByteBuffer gain, ByteBuffer x, int row, ByteBuffer y, int target, int n, float r) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      store(load(x, row + i).mul(r).mul(load(gain, i)), y, target + i);
    }
    for (int i = whole; i < n; i++) {
      Lanes.put(y, target + i, Lanes.get(x, row + i) * r * Lanes.get(gain, i));
    }
  }

  /** Where the backward pass of a row finds its operands; {@code dy} and {@code dx} may be one. */
  record Backward(
      ByteBuffer gain,
      ByteBuffer gainGradient,
      ByteBuffer x,
      ByteBuffer dy,
      ByteBuffer dx,
      int n) {}

  /**
   * With d = dy · gain and x̂ = x · r: the gain's gradient grows by dy · x̂; returns mean(d · x̂).
   */
  static float gainGradient(Backward b, int row, int gradientRow, float r, float[] scratch) {
    int whole = Lanes.whole(b.n());
    FloatVector product = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector dyi = load(b.dy(), gradientRow + i);
      FloatVector hat = load(b.x(), row + i).mul(r);
      product = dyi.mul(load(b.gain(), i)).fma(hat, product);
      store(dyi.fma(hat, load(b.gainGradient(), i)), b.gainGradient(), i);
    }
    if (whole < b.n()) {
      int part = b.n() - whole;
      FloatVector dyi = loadPart(b.dy(), gradientRow + whole, part, scratch);
      FloatVector hat = loadPart(b.x(), row + whole, part, scratch).mul(r);
      product = dyi.mul(loadPart(b.gain(), whole, part, scratch)).fma(hat, product);
      FloatVector sum = dyi.fma(hat, loadPart(b.gainGradient(), whole, part, scratch));
      storePart(sum, b.gainGradient(), whole, part, scratch);
    }
    return Lanes.sum(product, scratch) / b.n();
  }

  /** dx += (d − x̂ · mean) · r. */
  static void addInputGradient(Backward b, int row, float r, float mean) {
    int whole = Lanes.whole(b.n());
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector hat = load(b.x(), row + i).mul(r);
      FloatVector d = load(b.dy(), row + i).mul(load(b.gain(), i));
      FloatVector change = d.sub(hat.mul(mean)).mul(r);
      store(load(b.dx(), row + i).add(change), b.dx(), row + i);
    }
    for (int i = whole; i < b.n(); i++) {
      float hat = Lanes.get(b.x(), row + i) * r;
      float change = (Lanes.get(b.dy(), row + i) * Lanes.get(b.gain(), i) - hat * mean) * r;
      Lanes.put(b.dx(), row + i, Lanes.get(b.dx(), row + i) + change);
    }
  }

  /** dy = (d − x̂ · mean) · r: the gradient takes the place of the one it comes from. */
  static void replaceGradient(Backward b, int row, int gradientRow, float r, float mean) {
    int whole = Lanes.whole(b.n());
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector hat = load(b.x(), row + i).mul(r);
      FloatVector d = load(b.dy(), gradientRow + i).mul(load(b.gain(), i));
      store(d.sub(hat.mul(mean)).mul(r), b.dx(), gradientRow + i);
    }
    for (int i = whole; i < b.n(); i++) {
      float hat = Lanes.get(b.x(), row + i) * r;
      float d = Lanes.get(b.dy(), gradientRow + i) * Lanes.get(b.gain(), i);
      Lanes.put(b.dx(), gradientRow + i, (d - hat * mean) * r);
    }
  }
}
