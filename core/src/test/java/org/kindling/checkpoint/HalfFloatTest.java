package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfFloatTest {
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
        assertThat(HalfFloat.of((float) f16(bits)) & 0xFFFF).isEqualTo(bits);
      }
    }
  }

  @Test
  void float16RoundsHalvesToEven() {
    for (int bits = 0; bits < 0x7BFF; bits++) {
      float half = (float) ((f16(bits) + f16(bits + 1)) / 2);
      assertThat(HalfFloat.of(half)).isEqualTo((short) (bits + (bits & 1)));
      assertThat(HalfFloat.of(Math.nextUp(half))).isEqualTo((short) (bits + 1));
      assertThat(HalfFloat.of(-Math.nextDown(half))).isEqualTo((short) (bits | 0x8000));
    }
  }

  @Test
  void float16OverflowsAtHalfOfTheNextStep() {
    assertThat(HalfFloat.of(Math.nextDown(65_520f))).isEqualTo((short) 0x7BFF);
    assertThat(HalfFloat.of(65_520f)).isEqualTo((short) 0x7C00);
    assertThat(HalfFloat.of(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xFC00);
    assertThat(HalfFloat.of(Float.NaN) & 0x7FFF).isGreaterThan(0x7C00);
  }

  @Test
  void bfloat16IsTheNearestAndEvenBetweenTwo() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (!Float.isFinite(value) || Math.abs(value) > 1e38f) {
        continue;
      }
      int rounded = bf16(value) & 0xFFFF;
      double error = Math.abs((double) Float.intBitsToFloat(rounded << 16) - value);
      double step = Math.ulp((double) value) * 0x1p45;
      assertThat(error).isLessThanOrEqualTo(Math.max(step / 2, 0x1p-134));
    }
    assertThat(bf16(Float.intBitsToFloat(0x3F80_8000))).isEqualTo((short) 0x3F80);
    assertThat(bf16(Float.intBitsToFloat(0x3F81_8000))).isEqualTo((short) 0x3F82);
  }

  private static short bf16(float value) {
    byte[] bytes = new byte[2];
    Dtype.BF16.encode(new float[] {value}, bytes, 1);
    return (short) (bytes[0] & 0xff | bytes[1] << 8);
  }

  @Test
  void bfloat16KeepsNotANumber() {
    assertThat(bf16(Float.intBitsToFloat(0x7F80_0001)) & 0x7FFF).isGreaterThan(0x7F80);
    assertThat(bf16(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7F80);
  }
}
