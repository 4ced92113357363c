package org.kindling.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector registers over direct buffers. Element positions are in floats. Loops over rows whose
 * length is no multiple of {@link #WIDTH} finish with one part-filled register, so that every
 * element gets the same arithmetic.
 */
final class Lanes {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int WIDTH = SPECIES.length();

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /**
   * A broadcast is some hundred nodes of the compiler's graph and a constant is one. Past 18000
   * nodes the compiler stops inlining, and every vector that crosses a call is allocated.
   */
  static final FloatVector ONE = broadcast(1f);

  private static final FloatVector LEAST_EXPONENT = broadcast(-87.3f);
  private static final FloatVector MOST_EXPONENT = broadcast(88.0f);
  private static final FloatVector RECIPROCAL_LN2 = broadcast(1.44269504f);
  private static final FloatVector ROUNDER = broadcast(12582912f);
  private static final FloatVector MINUS_LN2_HIGH = broadcast(-0.693359375f);
  private static final FloatVector MINUS_LN2_LOW = broadcast(2.12194440e-4f);
  private static final FloatVector EXP_7 = broadcast(1.9875691500e-4f);
  private static final FloatVector EXP_6 = broadcast(1.3981999507e-3f);
  private static final FloatVector EXP_5 = broadcast(8.3334519073e-3f);
  private static final FloatVector EXP_4 = broadcast(4.1665795894e-2f);
  private static final FloatVector EXP_3 = broadcast(1.6666665459e-1f);
  private static final FloatVector EXP_2 = broadcast(5.0000001201e-1f);

  private Lanes() {}

  static FloatVector load(ByteBuffer buffer, int element) {
    return FloatVector.fromByteBuffer(SPECIES, buffer, element << 2, ORDER);
  }

  static void store(FloatVector vector, ByteBuffer buffer, int element) {
    vector.intoByteBuffer(buffer, element << 2, ORDER);
  }

  static float get(ByteBuffer buffer, int element) {
    return buffer.getFloat(element << 2);
  }

  static void put(ByteBuffer buffer, int element, float value) {
    buffer.putFloat(element << 2, value);
  }

  /** The multiple of {@link #WIDTH} below or at {@code n}. */
  static int whole(int n) {
    return n - n % WIDTH;
  }

  /**
   * The first {@code count} lanes from memory, the rest zero; reads no memory beyond them. Masked
   * loads are slow before Java 18.
   *
   * @param scratch [WIDTH], overwritten
   */
  static FloatVector loadPart(ByteBuffer buffer, int element, int count, float[] scratch) {
    return loadPart(buffer, element, count, 0f, scratch);
  }

  /** As above, the rest {@code fill}. Masks would do the same, but each would be allocated. */
  static FloatVector loadPart(
      ByteBuffer buffer, int element, int count, float fill, float[] scratch) {
    for (int i = 0; i < WIDTH; i++) {
      scratch[i] = i < count ? get(buffer, element + i) : fill;
    }
    return FloatVector.fromArray(SPECIES, scratch, 0);
  }

  /** Stores the first {@code count} lanes only. */
  static void storePart(
      FloatVector vector, ByteBuffer buffer, int element, int count, float[] scratch) {
    vector.intoArray(scratch, 0);
    for (int i = 0; i < count; i++) {
      put(buffer, element + i, scratch[i]);
    }
  }

  /**
   * Sum of all lanes in a fixed order. {@code reduceLanes} leaves the order open, and with it the
   * bits.
   *
   * @param scratch [WIDTH], overwritten
   */
  static float sum(FloatVector vector, float[] scratch) {
    vector.intoArray(scratch, 0);
    for (int half = WIDTH / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        scratch[i] += scratch[i + half];
      }
    }
    return scratch[0];
  }

  /** {@link #sum} in double precision, in lane order. */
  static double exactSum(FloatVector vector, float[] scratch) {
    vector.intoArray(scratch, 0);
    double sum = 0;
    for (int i = 0; i < WIDTH; i++) {
      sum += scratch[i];
    }
    return sum;
  }

  static float max(FloatVector vector) {
    return vector.reduceLanes(VectorOperators.MAX);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /**
   * e^x, relative error below 2e-7 on [−87.3, 88]; saturates beyond, NaN stays NaN. x = n ln 2 + r
   * with n found by adding and subtracting 1.5 · 2²³, which leaves n in the low bits of the sum, so
   * that a shift moves it into the exponent: conversions between float and int are not compiled to
   * instructions before Java 18. e^r is the polynomial of Cephes.
   *
   * @see <a href="https://www.netlib.org/cephes/">Cephes, expf</a>
   */
  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.max(LEAST_EXPONENT).min(MOST_EXPONENT);
    FloatVector sum = bounded.mul(RECIPROCAL_LN2).add(ROUNDER);
    FloatVector n = sum.sub(ROUNDER);
    FloatVector r = n.fma(MINUS_LN2_HIGH, bounded);
    r = n.fma(MINUS_LN2_LOW, r);
    FloatVector p = EXP_7.fma(r, EXP_6);
    p = p.fma(r, EXP_5);
    p = p.fma(r, EXP_4);
    p = p.fma(r, EXP_3);
    p = p.fma(r, EXP_2);
    p = p.fma(r.mul(r), r).add(ONE);
    IntVector exponent = sum.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
  }
}
