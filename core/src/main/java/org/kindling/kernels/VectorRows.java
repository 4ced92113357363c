package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.loadPart;
import static org.kindling.kernels.Lanes.store;
import static org.kindling.kernels.Lanes.storePart;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Row-wise vector loops: bias, embedding, layer normalisation. One call is one row, or few: short
 * methods are compiled after fewer steps than long ones. {@code scratch} is [WIDTH], overwritten.
 */
final class VectorRows {
  private VectorRows() {}

  /** to = from, {@code n} elements each. */
  static void copy(ByteBuffer from, int source, ByteBuffer to, int target, int n) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      store(load(from, source + i), to, target + i);
    }
    for (int i = whole; i < n; i++) {
      Lanes.put(to, target + i, Lanes.get(from, source + i));
    }
  }

  /** to = 0, {@code n} elements. */
  static void clear(ByteBuffer to, int target, int n) {
    int whole = Lanes.whole(n);
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      store(zero, to, target + i);
    }
    for (int i = whole; i < n; i++) {
      Lanes.put(to, target + i, 0f);
    }
  }

  /** to = a + b, {@code n} elements each. */
  static void sum(ByteBuffer a, int atA, ByteBuffer b, int atB, ByteBuffer to, int target, int n) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      store(load(a, atA + i).add(load(b, atB + i)), to, target + i);
    }
    for (int i = whole; i < n; i++) {
      Lanes.put(to, target + i, Lanes.get(a, atA + i) + Lanes.get(b, atB + i));
    }
  }

  /** to += the sum of 4 consecutive rows of {@code n}: a quarter of the traffic of single rows. */
  static void addFourRows(ByteBuffer rows, int row, ByteBuffer to, int n) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      int at = row + i;
      FloatVector first = load(rows, at).add(load(rows, at + n));
      FloatVector second = load(rows, at + 2 * n).add(load(rows, at + 3 * n));
      store(load(to, i).add(first.add(second)), to, i);
    }
    for (int i = whole; i < n; i++) {
      int at = row + i;
      float first = Lanes.get(rows, at) + Lanes.get(rows, at + n);
      float second = Lanes.get(rows, at + 2 * n) + Lanes.get(rows, at + 3 * n);
      Lanes.put(to, i, Lanes.get(to, i) + (first + second));
    }
  }

  /** Mean of one row of {@code n}. */
  static float mean(ByteBuffer x, int row, int n, float[] scratch) {
    int whole = Lanes.whole(n);
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      sum = sum.add(load(x, row + i));
    }
    if (whole < n) {
      sum = sum.add(loadPart(x, row + whole, n - whole, scratch));
    }
    return Lanes.sum(sum, scratch) / n;
  }

  /** 1 / √(variance + epsilon) of one row of {@code n}. */
  static float rstd(ByteBuffer x, int row, int n, float mean, double epsilon, float[] scratch) {
    int whole = Lanes.whole(n);
    FloatVector squares = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector centred = load(x, row + i).sub(mean);
      squares = centred.fma(centred, squares);
    }
    if (whole < n) {
      FloatVector centred = loadPart(x, row + whole, n - whole, mean, scratch).sub(mean);
      squares = centred.fma(centred, squares);
    }
    return (float) (1 / Math.sqrt(Lanes.sum(squares, scratch) / n + epsilon));
  }

  /** Where one row's layer norm finds its operands. */
  record NormRow(ByteBuffer gain, ByteBuffer bias, int width) {}

  /** y = (x − mean) · rstd · gain + bias; {@code rstd} is the reciprocal standard deviation. */
  static void normalizeRow(
      NormRow norm, ByteBuffer x, ByteBuffer y, int row, float mean, float rstd, float[] scratch) {
    int n = norm.width();
    int whole = Lanes.whole(n);
    ByteBuffer gain = norm.gain();
    ByteBuffer bias = norm.bias();
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector hat = load(x, row + i).sub(mean).mul(rstd);
      store(hat.fma(load(gain, i), load(bias, i)), y, row + i);
    }
    if (whole < n) {
      int part = n - whole;
      FloatVector hat = loadPart(x, row + whole, part, scratch).sub(mean).mul(rstd);
      FloatVector g = loadPart(gain, whole, part, scratch);
      FloatVector b = loadPart(bias, whole, part, scratch);
      storePart(hat.fma(g, b), y, row + whole, part, scratch);
    }
  }

  /** Where one row's layer norm finds its operands on the way back. */
  record NormBackward(
      ByteBuffer gain,
      ByteBuffer gainGradient,
      ByteBuffer biasGradient,
      ByteBuffer x,
      ByteBuffer dy,
      ByteBuffer dx,
      int width) {}

  /**
   * With d = dy · gain and x̂ the normalised row: dx += (d − mean(d) − x̂ · mean(d · x̂)) · rstd.
   */
  static void normalizeRowBackward(
      NormBackward norm, int row, float mean, float rstd, float[] scratch) {
    int n = norm.width();
    int whole = Lanes.whole(n);
    ByteBuffer gain = norm.gain();
    ByteBuffer gainGradient = norm.gainGradient();
    ByteBuffer biasGradient = norm.biasGradient();
    ByteBuffer x = norm.x();
    ByteBuffer dy = norm.dy();
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    FloatVector product = sum;
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector dyi = load(dy, row + i);
      FloatVector hat = load(x, row + i).sub(mean).mul(rstd);
      FloatVector d = dyi.mul(load(gain, i));
      sum = sum.add(d);
      product = d.fma(hat, product);
      store(dyi.fma(hat, load(gainGradient, i)), gainGradient, i);
      store(dyi.add(load(biasGradient, i)), biasGradient, i);
    }
    float tailSum = 0;
    float tailProduct = 0;
    for (int i = whole; i < n; i++) {
      float dyi = Lanes.get(dy, row + i);
      float hat = (Lanes.get(x, row + i) - mean) * rstd;
      float d = dyi * Lanes.get(gain, i);
      tailSum += d;
      tailProduct += d * hat;
      Lanes.put(gainGradient, i, Lanes.get(gainGradient, i) + dyi * hat);
      Lanes.put(biasGradient, i, Lanes.get(biasGradient, i) + dyi);
    }
    float meanOfD = (Lanes.sum(sum, scratch) + tailSum) / n;
    float meanOfProduct = (Lanes.sum(product, scratch) + tailProduct) / n;
    addInputGradient(norm, row, mean, rstd, meanOfD, meanOfProduct);
  }

  private static void addInputGradient(
      NormBackward norm, int row, float mean, float rstd, float meanOfD, float meanOfProduct) {
    int n = norm.width();
    int whole = Lanes.whole(n);
    ByteBuffer gain = norm.gain();
    ByteBuffer x = norm.x();
    ByteBuffer dy = norm.dy();
    ByteBuffer dx = norm.dx();
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector hat = load(x, row + i).sub(mean).mul(rstd);
      FloatVector d = load(dy, row + i).mul(load(gain, i));
      FloatVector change = d.sub(meanOfD).sub(hat.mul(meanOfProduct)).mul(rstd);
      store(load(dx, row + i).add(change), dx, row + i);
    }
    for (int i = whole; i < n; i++) {
      float hat = (Lanes.get(x, row + i) - mean) * rstd;
      float d = Lanes.get(dy, row + i) * Lanes.get(gain, i);
      float change = (d - meanOfD - hat * meanOfProduct) * rstd;
      Lanes.put(dx, row + i, Lanes.get(dx, row + i) + change);
    }
  }
}
