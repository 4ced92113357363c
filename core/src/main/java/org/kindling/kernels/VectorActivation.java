package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.loadPart;
import static org.kindling.kernels.Lanes.store;
import static org.kindling.kernels.Lanes.storePart;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * The functions between an MLP's projections. Each call is one piece of at most {@link #PIECE}
 * elements: methods that run often are compiled early. {@code scratch} is [WIDTH], overwritten.
 */
final class VectorActivation {
  static final int PIECE = VectorElements.PIECE;

  private static final float CUBIC = 0.044715f;

  /** 2 · √(2 / π): tanh(u) = 2 · sigmoid(2u) − 1, so GELU is x · sigmoid(2u). */
  private static final float TWICE_SLOPE = 1.5957691f;

  private static final FloatVector CUBICS = Lanes.broadcast(CUBIC);
  private static final FloatVector SLOPES = Lanes.broadcast(TWICE_SLOPE);
  private static final FloatVector MINUS_SLOPES = Lanes.broadcast(-TWICE_SLOPE);
  private static final FloatVector SQUARE_SLOPES = Lanes.broadcast(3 * CUBIC * TWICE_SLOPE);

  private final float[] scratch = new float[WIDTH];

  void forward(Activation activation, int rows, int width, Tensor x, Tensor y) {
    if (activation.isGated()) {
      gatedForward(activation, rows, width, CpuTensor.of(x), CpuTensor.of(y));
    } else {
      plainForward(activation, (long) rows * width, CpuTensor.of(x), CpuTensor.of(y));
    }
  }

  private void plainForward(Activation activation, long elements, CpuTensor x, CpuTensor y) {
    for (long from = 0; from < elements; from += PIECE) {
      int n = (int) Math.min(PIECE, elements - from);
      int at = CpuTensor.within(from);
      if (activation == Activation.GELU) {
        gelu(x.window(from), y.window(from), at, n, scratch);
      } else {
        squaredRelu(x.window(from), y.window(from), at, n);
      }
    }
  }

  private void gatedForward(Activation activation, int rows, int width, CpuTensor x, CpuTensor y) {
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < width; column += PIECE) {
        int n = Math.min(PIECE, width - column);
        long gate = 2L * row * width + column;
        long target = (long) row * width + column;
        ByteBuffer in = x.window(gate);
        ByteBuffer out = y.window(target);
        int at = CpuTensor.within(gate);
        if (activation == Activation.SWIGLU) {
          swiglu(in, at, width, out, CpuTensor.within(target), n, scratch);
        } else {
          geglu(in, at, width, out, CpuTensor.within(target), n, scratch);
        }
      }
    }
  }

  void backward(Activation activation, int rows, int width, Tensor x, Tensor dy) {
    CpuTensor factors = CpuTensor.of(x);
    CpuTensor gradient = CpuTensor.of(dy);
    if (!activation.isGated()) {
      long elements = (long) rows * width;
      for (long from = 0; from < elements; from += PIECE) {
        int n = (int) Math.min(PIECE, elements - from);
        int at = CpuTensor.within(from);
        multiply(gradient.window(from), at, factors.window(from), at, n);
      }
      return;
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < width; column += PIECE) {
        int n = Math.min(PIECE, width - column);
        long gate = 2L * row * width + column;
        long source = (long) row * width + column;
        ByteBuffer d = gradient.window(source);
        ByteBuffer both = factors.window(gate);
        int at = CpuTensor.within(gate);
        multiply(d, CpuTensor.within(source), both, at, n);
        multiply(d, CpuTensor.within(source), both, at + width, n);
      }
    }
  }

  /** to = to · factor, {@code n} elements each. */
  private static void multiply(ByteBuffer factor, int at, ByteBuffer to, int target, int n) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      store(load(to, target + i).mul(load(factor, at + i)), to, target + i);
    }
    for (int i = whole; i < n; i++) {
      Lanes.put(to, target + i, Lanes.get(to, target + i) * Lanes.get(factor, at + i));
    }
  }

  /** y = max(0, x)², x = 2 · max(0, x). */
  private static void squaredRelu(ByteBuffer x, ByteBuffer y, int at, int n) {
    int whole = Lanes.whole(n);
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector positive = load(x, at + i).max(zero);
      store(positive.mul(positive), y, at + i);
      store(positive.add(positive), x, at + i);
    }
    for (int i = whole; i < n; i++) {
      float positive = Math.max(0f, Lanes.get(x, at + i));
      Lanes.put(y, at + i, positive * positive);
      Lanes.put(x, at + i, 2 * positive);
    }
  }

  /**
   * y = silu(g) · u, and then u · silu'(g) in the place of the gate g and silu(g) in that of u,
   * which lies {@code width} elements after it.
   */
  private static void swiglu(
      ByteBuffer x, int gate, int width, ByteBuffer y, int target, int n, float[] scratch) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector g = load(x, gate + i);
      FloatVector u = load(x, gate + width + i);
      FloatVector e = Lanes.exp(g.neg());
      FloatVector sigmoid = Lanes.ONE.div(e.add(Lanes.ONE));
      FloatVector silu = g.mul(sigmoid);
      // silu' = s + silu · (1 − s), where 1 − s = e · s loses no digits as s nears 1.
      FloatVector derivative = silu.mul(e).fma(sigmoid, sigmoid);
      store(silu.mul(u), y, target + i);
      store(u.mul(derivative), x, gate + i);
      store(silu, x, gate + width + i);
    }
    if (whole < n) {
      int part = n - whole;
      FloatVector g = loadPart(x, gate + whole, part, scratch);
      FloatVector u = loadPart(x, gate + width + whole, part, scratch);
      FloatVector e = Lanes.exp(g.neg());
      FloatVector sigmoid = Lanes.ONE.div(e.add(Lanes.ONE));
      FloatVector silu = g.mul(sigmoid);
      FloatVector derivative = silu.mul(e).fma(sigmoid, sigmoid);
      storePart(silu.mul(u), y, target + whole, part, scratch);
      storePart(u.mul(derivative), x, gate + whole, part, scratch);
      storePart(silu, x, gate + width + whole, part, scratch);
    }
  }

  /** As {@link #swiglu}, with GELU. */
  private static void geglu(
      ByteBuffer x, int gate, int width, ByteBuffer y, int target, int n, float[] scratch) {
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector g = load(x, gate + i);
      FloatVector u = load(x, gate + width + i);
      FloatVector e = exponential(g);
      FloatVector sigmoid = Lanes.ONE.div(e.add(Lanes.ONE));
      FloatVector gelu = g.mul(sigmoid);
      store(gelu.mul(u), y, target + i);
      store(u.mul(geluDerivative(g, e, sigmoid)), x, gate + i);
      store(gelu, x, gate + width + i);
    }
    if (whole < n) {
      int part = n - whole;
      FloatVector g = loadPart(x, gate + whole, part, scratch);
      FloatVector u = loadPart(x, gate + width + whole, part, scratch);
      FloatVector e = exponential(g);
      FloatVector sigmoid = Lanes.ONE.div(e.add(Lanes.ONE));
      FloatVector gelu = g.mul(sigmoid);
      storePart(gelu.mul(u), y, target + whole, part, scratch);
      storePart(u.mul(geluDerivative(g, e, sigmoid)), x, gate + whole, part, scratch);
      storePart(gelu, x, gate + width + whole, part, scratch);
    }
  }

  /** y = gelu(x), x = gelu'(x) for {@code n} elements from {@code at}. */
  private static void gelu(ByteBuffer x, ByteBuffer y, int at, int n, float[] scratch) {
    int end = at + Lanes.whole(n);
    for (int i = at; i < end; i += WIDTH) {
      FloatVector value = load(x, i);
      FloatVector e = exponential(value);
      FloatVector sigmoid = Lanes.ONE.div(e.add(Lanes.ONE));
      store(value.mul(sigmoid), y, i);
      store(geluDerivative(value, e, sigmoid), x, i);
    }
    if (end < at + n) {
      geluPart(x, y, end, at + n - end, scratch);
    }
  }

  private static void geluPart(ByteBuffer x, ByteBuffer y, int at, int n, float[] scratch) {
    FloatVector value = loadPart(x, at, n, scratch);
    FloatVector e = exponential(value);
    FloatVector sigmoid = Lanes.ONE.div(e.add(Lanes.ONE));
    storePart(value.mul(sigmoid), y, at, n, scratch);
    storePart(geluDerivative(value, e, sigmoid), x, at, n, scratch);
  }

  /** e^(−2u) with u = √(2/π) · (x + 0.044715x³). */
  private static FloatVector exponential(FloatVector x) {
    return Lanes.exp(x.mul(x).mul(CUBICS).add(Lanes.ONE).mul(x).mul(MINUS_SLOPES));
  }

  /** s + x · s · (1 − s) · 2u', where 1 − s = e · s loses no digits as s nears 1. */
  private static FloatVector geluDerivative(FloatVector x, FloatVector e, FloatVector s) {
    FloatVector slope = x.mul(x).mul(SQUARE_SLOPES).add(SLOPES);
    return x.mul(s).mul(e.mul(s)).fma(slope, s);
  }
}
