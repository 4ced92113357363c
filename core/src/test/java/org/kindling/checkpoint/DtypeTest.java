package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DtypeTest {
  @ParameterizedTest
  @CsvSource({
    "3c00, 0x1p0", "c000, -0x1p1", "7bff, 65504", "0400, 0x1p-14", "03ff, 0x1.ff8p-15",
    "0001, 0x1p-24", "8001, -0x1p-24", "3555, 0x1.554p-2", "0000, 0", "8000, -0.0"
  })
  void float16IsAsIeeeDefinesIt(String half, String value) {
    short bits = (short) Integer.parseInt(half, 16);
    assertThat(HalfFloat.toFloat(bits)).isEqualTo(Float.parseFloat(value));
    assertThat(HalfFloat.of(Float.parseFloat(value))).isEqualTo(bits);
  }

  @Test
  void everyFloat16SurvivesTheWayThere() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfFloat.toFloat((short) bits);
      boolean nan = (bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0;
      assertThat(Float.isNaN(value)).isEqualTo(nan);
      // A signalling NaN may come back quiet.
      int expected = nan ? bits | 0x200 : bits;
      assertThat(HalfFloat.of(value) & 0xffff).isEqualTo(expected);
    }
  }

  @Test
  void everyBfloat16SurvivesTheWayThere() {
    byte[] bytes = new byte[1 << 17];
    for (int bits = 0; bits < 1 << 16; bits++) {
      bytes[2 * bits] = (byte) bits;
      bytes[2 * bits + 1] = (byte) (bits >> 8);
    }
    float[] values = new float[1 << 16];
    Dtype.BF16.decode(bytes, values, 0, values.length);
    byte[] again = new byte[1 << 17];
    Dtype.BF16.encode(values, again, values.length);
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertThat(Float.floatToRawIntBits(values[bits])).isEqualTo(bits << 16);
      int found = again[2 * bits] & 0xff | (again[2 * bits + 1] & 0xff) << 8;
      assertThat(found).isEqualTo(Float.isNaN(values[bits]) ? bits | 0x40 : bits);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Ties go to the even neighbour, above and below.
    "BF16, 0x1.01p0, 0x1.00p0",
    "BF16, 0x1.03p0, 0x1.04p0",
    "BF16, 0x1.0101p0, 0x1.02p0",
    "BF16, -0x1.01p0, -0x1p0",
    "BF16, 0x1p-149, 0",
    "BF16, 0x1.8p-133, 0x1p-132",
    "F16, 0x1.002p0, 0x1p0",
    "F16, 0x1.006p0, 0x1.008p0",
    "F16, 0x1.00201p0, 0x1.004p0",
    "F16, 0x1p-25, 0",
    "F16, 0x1.8p-24, 0x1p-23",
    "F16, 0x1.000002p-25, 0x1p-24",
    "F16, 0x1.fffp-15, 0x1p-14",
    "F16, 65519, 65504",
    "F16, 65520, Infinity",
    "F16, -Infinity, -Infinity",
    "BF16, Infinity, Infinity",
    "F16, NaN, NaN",
    "BF16, NaN, NaN",
    "F32, 0x1.000002p0, 0x1.000002p0"
  })
  void roundsToTheNearestEven(Dtype dtype, float value, float expected) {
    assertThat(dtype.rounded(value)).isEqualTo(Float.valueOf(expected));
  }

  @Property
  void roundsToNoFartherNumberThanANeighbour(@ForAll float value) {
    for (Dtype dtype : new Dtype[] {Dtype.BF16, Dtype.F16}) {
      float rounded = dtype.rounded(value);
      if (Float.isFinite(rounded)) {
        BigDecimal error = distance(value, rounded);
        for (float other :
            new float[] {neighbour(dtype, rounded, 1), neighbour(dtype, rounded, -1)}) {
          if (Float.isFinite(other)) {
            assertThat(error).isLessThanOrEqualTo(distance(value, other));
          }
        }
      }
    }
  }

  /** The next number of the type whose magnitude is larger or smaller by one step. */
  private static float neighbour(Dtype dtype, float number, int step) {
    byte[] bytes = new byte[2];
    dtype.encode(new float[] {number}, bytes, 1);
    int bits = (bytes[0] & 0xff | (bytes[1] & 0xff) << 8) + step;
    float[] found = new float[1];
    dtype.decode(new byte[] {(byte) bits, (byte) (bits >> 8)}, found, 0, 1);
    // Below zero lies the largest NaN, which is no neighbour.
    return found[0];
  }

  private static BigDecimal distance(float a, float b) {
    return new BigDecimal(a).subtract(new BigDecimal(b)).abs();
  }

  @Test
  void tellsNumbersThatWouldBecomeInfinite() {
    float[] values = {1, 65519, 65520, Float.MAX_VALUE, Float.NaN, Float.NEGATIVE_INFINITY};
    assertThat(Dtype.F16.firstTooLarge(values, 6)).isEqualTo(2);
    assertThat(Dtype.F16.firstTooLarge(values, 2)).isEqualTo(-1);
    assertThat(Dtype.BF16.firstTooLarge(values, 6)).isEqualTo(3);
    assertThat(Dtype.F32.firstTooLarge(values, 6)).isEqualTo(-1);
    float largest = Math.nextDown(0x1.ffp127f);
    assertThat(Dtype.BF16.firstTooLarge(new float[] {largest}, 1)).isEqualTo(-1);
    assertThat(Dtype.BF16.rounded(largest)).isEqualTo(0x1.fep127f);
  }

  @Test
  void isFoundByTheNameThatCommandsUse() {
    assertThat(Dtype.named("bf16")).isEqualTo(Dtype.BF16);
    assertThatThrownBy(() -> Dtype.named("int8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("dtype: found 'int8', expected fp32, bf16 or fp16");
  }
}
