package org.kindling.scaling;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Exponential and logarithm of whole vectors, of IEEE operations only: the same bits whether the
 * JVM interprets or compiles, which its own vectorised functions do not give. Relative error below
 * 4e-16 for the exponential of −700 to 700 and for the logarithm away from 1.
 *
 * @see <a href="https://www.netlib.org/fdlibm/">fdlibm, e_exp.c and e_log.c, for the
 *     polynomials</a>
 */
final class VectorMath {
  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN2_HIGH = 6.93147180369123816490e-01;
  private static final double LN2_LOW = 1.90821492927058770002e-10;

  /** Added and taken away again, it rounds to a whole number that lies in the low bits. */
  private static final double ROUNDER = 0x1.8p52;

  /** Bits of √½: mantissas are brought to √½ … √2. */
  private static final long ROOT_HALF = 0x3fe6a09e667f3bcdL;

  private static final long EXPONENT = 0xfff0000000000000L;

  /** A power of two whose last bit counts 1: adding it turns a whole number into its bits. */
  private static final double WHOLE = 0x1p52;

  private static final long BIAS = 1024;

  static final VectorSpecies<Double> SPECIES =
      DoubleVector.SPECIES_PREFERRED.length() <= PowerSumPoints.LANES
          ? DoubleVector.SPECIES_PREFERRED
          : DoubleVector.SPECIES_512;

  // As constants, broadcast once: built where they are used, they are too much for the inliner.
  private static final DoubleVector V_LOG2_E = all(LOG2_E);
  private static final DoubleVector V_ROUNDER = all(ROUNDER);
  private static final DoubleVector V_LN2_HIGH = all(LN2_HIGH);
  private static final DoubleVector V_LN2_HIGH_NEGATIVE = all(-LN2_HIGH);
  private static final DoubleVector V_LN2_LOW_NEGATIVE = all(-LN2_LOW);
  private static final DoubleVector HALF = all(0.5);
  private static final DoubleVector UNIT = all(1.0);
  private static final DoubleVector F3 = all(1.0 / 6);
  private static final DoubleVector F4 = all(1.0 / 24);
  private static final DoubleVector F5 = all(1.0 / 120);
  private static final DoubleVector F6 = all(1.0 / 720);
  private static final DoubleVector F7 = all(1.0 / 5040);
  private static final DoubleVector F8 = all(1.0 / 40320);
  private static final DoubleVector F9 = all(1.0 / 362880);
  private static final DoubleVector F10 = all(1.0 / 3628800);
  private static final DoubleVector F11 = all(1.0 / 39916800);
  private static final DoubleVector F12 = all(1.0 / 479001600);
  private static final DoubleVector F13 = all(1.0 / 6227020800.0);
  private static final DoubleVector L1 = all(6.666666666666735130e-01);
  private static final DoubleVector L2 = all(3.999999999940941908e-01);
  private static final DoubleVector L3 = all(2.857142874366239149e-01);
  private static final DoubleVector L4 = all(2.222219843214978396e-01);
  private static final DoubleVector L5 = all(1.818357216161805012e-01);
  private static final DoubleVector L6 = all(1.531383769920937332e-01);
  private static final DoubleVector L7 = all(1.479819860511658591e-01);

  private VectorMath() {}

  private static DoubleVector all(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }

  /** e^x for x of −700 to 700. */
  static DoubleVector exp(DoubleVector x) {
    DoubleVector shifted = x.fma(V_LOG2_E, V_ROUNDER);
    DoubleVector k = shifted.sub(V_ROUNDER);
    DoubleVector r = k.fma(V_LN2_LOW_NEGATIVE, k.fma(V_LN2_HIGH_NEGATIVE, x));
    // The series to the 13th power: |r| is at most ln 2 / 2.
    DoubleVector p = F13.fma(r, F12).fma(r, F11).fma(r, F10).fma(r, F9).fma(r, F8);
    p = p.fma(r, F7).fma(r, F6).fma(r, F5).fma(r, F4).fma(r, F3).fma(r, HALF);
    p = p.fma(r, UNIT).fma(r, UNIT);
    LongVector power = shifted.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 52);
    return p.reinterpretAsLongs().add(power).reinterpretAsDoubles();
  }

  /** ln x for positive normal x. */
  static DoubleVector log(DoubleVector x) {
    LongVector bits = x.reinterpretAsLongs();
    LongVector above = bits.sub(ROOT_HALF);
    LongVector field = above.lanewise(VectorOperators.AND, EXPONENT);
    DoubleVector f = bits.sub(field).reinterpretAsDoubles().sub(UNIT);
    // The exponent as a number: biased so as to be positive, then read from the low bits.
    DoubleVector k =
        above
            .add(BIAS << 52)
            .lanewise(VectorOperators.LSHR, 52)
            .lanewise(VectorOperators.OR, Double.doubleToRawLongBits(WHOLE))
            .reinterpretAsDoubles()
            .sub(WHOLE + BIAS);
    DoubleVector s = f.div(f.add(2.0));
    DoubleVector z = s.mul(s);
    DoubleVector r = L7.fma(z, L6).fma(z, L5).fma(z, L4).fma(z, L3).fma(z, L2).fma(z, L1);
    DoubleVector half = f.mul(f).mul(HALF);
    DoubleVector tail = s.fma(r.mul(z).add(half), k.mul(LN2_LOW));
    return k.fma(V_LN2_HIGH, f.sub(half.sub(tail)));
  }
}
