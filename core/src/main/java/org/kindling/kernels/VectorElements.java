package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.loadPart;
import static org.kindling.kernels.Lanes.store;
import static org.kindling.kernels.Lanes.storePart;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Element-wise vector loops. Callers cut long vectors into pieces of {@link #PIECE}: methods that
 * run often are compiled early. {@code scratch} is [WIDTH], overwritten.
 */
final class VectorElements {
  /** Elements of one call; a sum over one piece is accurate in float. */
  static final int PIECE = 1024;

  private VectorElements() {}

  /** Sum of the squares of at most {@link #PIECE} elements. */
  static double sumOfSquares(ByteBuffer x, int at, int n, float[] scratch) {
    int end = at + Lanes.whole(n);
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    for (int i = at; i < end; i += WIDTH) {
      FloatVector value = load(x, i);
      sum = value.fma(value, sum);
    }
    double total = Lanes.exactSum(sum, scratch);
    for (int i = end; i < at + n; i++) {
      double value = Lanes.get(x, i);
      total += value * value;
    }
    return total;
  }

  /** The factors of {@link AdamWUpdate} in the form that the loop wants. */
  record Rates(
      float gradientScale,
      float keep,
      float rate,
      float firstShare,
      float beta2,
      float secondShare,
      float rootScale,
      float epsilon) {
    static Rates of(AdamWUpdate u, double decay) {
      return new Rates(
          (float) u.gradientScale(),
          (float) (1 - u.learningRate() * decay),
          (float) (u.learningRate() / u.correction1()),
          (float) (1 - u.beta1()),
          (float) u.beta2(),
          (float) (1 - u.beta2()),
          (float) (1 / Math.sqrt(u.correction2())),
          (float) u.epsilon());
    }
  }

  /**
   * Buffers of the four vectors of an {@link AdamWUpdate}.
   *
   * @param shift what is added to a position for that of its second moment
   */
  record AdamWBuffers(
      ByteBuffer parameters,
      ByteBuffer gradients,
      ByteBuffer first,
      ByteBuffer second,
      int shift) {}

  static void adamW(AdamWBuffers b, Rates r, int at, int n, float[] scratch) {
    int end = at + Lanes.whole(n);
    for (int i = at; i < end; i += WIDTH) {
      FloatVector g = load(b.gradients(), i).mul(r.gradientScale());
      FloatVector m = firstMoment(load(b.first(), i), g, r);
      FloatVector v = secondMoment(load(b.second(), i + b.shift()), g, r);
      store(m, b.first(), i);
      store(v, b.second(), i + b.shift());
      store(parameter(load(b.parameters(), i), m, v, r), b.parameters(), i);
    }
    int part = at + n - end;
    if (part > 0) {
      FloatVector g = loadPart(b.gradients(), end, part, scratch).mul(r.gradientScale());
      FloatVector m = firstMoment(loadPart(b.first(), end, part, scratch), g, r);
      FloatVector v = secondMoment(loadPart(b.second(), end + b.shift(), part, scratch), g, r);
      FloatVector p = loadPart(b.parameters(), end, part, scratch);
      storePart(m, b.first(), end, part, scratch);
      storePart(v, b.second(), end + b.shift(), part, scratch);
      storePart(parameter(p, m, v, r), b.parameters(), end, part, scratch);
    }
  }

  private static FloatVector firstMoment(FloatVector m, FloatVector g, Rates r) {
    return g.sub(m).fma(Lanes.broadcast(r.firstShare()), m);
  }

  private static FloatVector secondMoment(FloatVector v, FloatVector g, Rates r) {
    return g.mul(g).fma(Lanes.broadcast(r.secondShare()), v.mul(r.beta2()));
  }

  private static FloatVector parameter(FloatVector p, FloatVector m, FloatVector v, Rates r) {
    FloatVector root = v.lanewise(VectorOperators.SQRT).mul(r.rootScale()).add(r.epsilon());
    return p.mul(r.keep()).sub(m.mul(r.rate()).div(root));
  }
}
