package org.kindling.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  /** By the definition of the format: sign, 5 bits of exponent, 10 of fraction. */
  private static double f16(int bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double magnitude =
        exponent == 0
            ? Math.scalb((double) fraction, -24)
            : Math.scalb(1024.0 + fraction, exponent - 25);
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }

  @Test
  void float16KeepsEveryFiniteFloat16() {
    for (int bits = 0; bits < 0x10000; bits++) {
      if ((bits >> 10 & 31) != 31) {
        assertThat(HalfPrecision.f16((float) f16(bits)) & 0xFFFF).isEqualTo(bits);
      }
    }
  }

  @Test
  void float16RoundsHalvesToEven() {
    for (int bits = 0; bits < 0x7BFF; bits++) {
      float half = (float) ((f16(bits) + f16(bits + 1)) / 2);
      assertThat(HalfPrecision.f16(half)).isEqualTo((short) (bits + (bits & 1)));
      assertThat(HalfPrecision.f16(Math.nextUp(half))).isEqualTo((short) (bits + 1));
      assertThat(HalfPrecision.f16(-Math.nextDown(half))).isEqualTo((short) (bits | 0x8000));
    }
  }

  @Test
  void float16OverflowsAtHalfOfTheNextStep() {
    assertThat(HalfPrecision.f16(Math.nextDown(65_520f))).isEqualTo((short) 0x7BFF);
    assertThat(HalfPrecision.f16(65_520f)).isEqualTo((short) 0x7C00);
    assertThat(HalfPrecision.f16(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xFC00);
    assertThat(HalfPrecision.f16(Float.NaN) & 0x7FFF).isGreaterThan(0x7C00);
  }

  @Test
  void bfloat16IsTheNearestAndEvenBetweenTwo() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (!Float.isFinite(value) || Math.abs(value) > 1e38f) {
        continue;
      }
      int rounded = HalfPrecision.bf16(value) & 0xFFFF;
      double error = Math.abs((double) Float.intBitsToFloat(rounded << 16) - value);
      double step = Math.ulp((double) value) * 0x1p45;
      assertThat(error).isLessThanOrEqualTo(Math.max(step / 2, 0x1p-134));
    }
    assertThat(HalfPrecision.bf16(Float.intBitsToFloat(0x3F80_8000))).isEqualTo((short) 0x3F80);
    assertThat(HalfPrecision.bf16(Float.intBitsToFloat(0x3F81_8000))).isEqualTo((short) 0x3F82);
  }

  @Test
  void bfloat16KeepsNotANumber() {
    assertThat(HalfPrecision.bf16(Float.intBitsToFloat(0x7F80_0001)) & 0x7FFF)
        .isGreaterThan(0x7F80);
    assertThat(HalfPrecision.bf16(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7F80);
  }
}
