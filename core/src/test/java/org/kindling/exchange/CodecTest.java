package org.kindling.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The codecs in vector registers give what the plain ones give, bit for bit. */
class CodecTest {
  private static final int TIMES = 400;

  /** Zeros, infinities, NaN of several kinds, the ends of subnormal numbers, ties. */
  private static final int[] SPECIAL = {
    0,
    0x80000000,
    1,
    0x80000001,
    0x7f800000,
    0xff800000,
    0x7fc00000,
    0xffc00001,
    0x7f800001,
    0x7f7fffff,
    0xff7fffff,
    0x00800000,
    0x007fffff,
    0x3f800000,
    0x3f808000,
    0x3f818000,
    0x7f7f8000
  };

  /** How the numbers of a slice are drawn. */
  private enum Numbers {
    ANY_BITS,
    NORMAL,
    NORMAL_WITH_SPECIAL,
    SPECIAL_ONLY,
    SUBNORMAL,
    HALVES,
    HUGE,
    OF_ALL_SIZES;

    float draw(Random random) {
      switch (this) {
        case ANY_BITS:
          return Float.intBitsToFloat(random.nextInt());
        case NORMAL:
          return (float) random.nextGaussian();
        case NORMAL_WITH_SPECIAL:
          return random.nextInt(40) == 0 ? special(random) : (float) random.nextGaussian();
        case SPECIAL_ONLY:
          return special(random);
        case SUBNORMAL:
          return Float.intBitsToFloat(random.nextInt(1 << 23) | random.nextInt() << 31);
        case HALVES:
          return (random.nextInt(511) - 255) * 0.5f;
        case HUGE:
          return Float.intBitsToFloat(0x7f000000 + random.nextInt(0x800000));
        default:
          return (float) (Math.exp(8 * random.nextGaussian()) * (random.nextBoolean() ? 1 : -1));
      }
    }

    private static float special(Random random) {
      return Float.intBitsToFloat(SPECIAL[random.nextInt(SPECIAL.length)]);
    }
  }

  private static float[] draw(Random random) {
    Numbers numbers = Numbers.values()[random.nextInt(Numbers.values().length)];
    float[] values = new float[random.nextInt(700)];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers.draw(random);
    }
    if (numbers == Numbers.SUBNORMAL) {
      // Down to the smallest, whose scale has no reciprocal.
      float factor = Math.scalb(1f, -random.nextInt(23));
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
    }
    return values;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  /** Without the module these tests would compare the plain codecs with themselves. */
  @ParameterizedTest
  @EnumSource(names = "FP32", mode = EnumSource.Mode.EXCLUDE)
  void registersAreUsedHere(Code code) {
    assertThat(code.fastest()).isNotSameAs(code.plain());
  }

  @ParameterizedTest
  @EnumSource
  void registersGiveThePlainBytes(Code code) {
    Random random = new Random(1);
    for (int t = 0; t < TIMES; t++) {
      float[] values = draw(random);
      Dither dither = new Dither(random.nextLong(), random.nextInt());
      byte[] expected = new byte[code.bytes(values.length)];
      byte[] found = new byte[expected.length];
      code.plain().encode(values, 0, values.length, expected, 0, dither);
      code.fastest().encode(values, 0, values.length, found, 0, dither);
      assertThat(found).as("times %d", t).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void registersGiveThePlainFloatsOfAnyBytes(Code code) {
    Random random = new Random(2);
    for (int t = 0; t < TIMES; t++) {
      int length = random.nextInt(700);
      byte[] bytes = new byte[code.bytes(length)];
      random.nextBytes(bytes);
      float[] expected = new float[length];
      float[] found = new float[length];
      code.plain().decode(bytes, 0, expected, 0, length);
      code.fastest().decode(bytes, 0, found, 0, length);
      assertThat(bits(found)).as("times %d", t).isEqualTo(bits(expected));
    }
  }

  /** A whole slice's position in its arrays is not 0. */
  @ParameterizedTest
  @EnumSource
  void blocksAreCodedWhereTheyLie(Code code) {
    int count = 3 * code.block() + 5;
    float[] values = new float[2 * code.block() + count];
    Random random = new Random(3);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    int from = 2 * code.block();
    byte[] expected = new byte[3 + code.bytes(count) + 2];
    byte[] found = expected.clone();
    code.plain().encode(values, from, count, expected, 3, Dither.of(1));
    code.fastest().encode(values, from, count, found, 3, Dither.of(1));
    assertThat(found).isEqualTo(expected);
    float[] back = new float[values.length];
    float[] backInRegisters = new float[values.length];
    code.plain().decode(expected, 3, back, from, count);
    code.fastest().decode(expected, 3, backInRegisters, from, count);
    assertThat(bits(backInRegisters)).isEqualTo(bits(back));
  }

  /** All mantissas that the table of eighths tells apart, at all exponents. */
  @Test
  void cubicOfLog8RoundsToTheTable() {
    float[] values = new float[Log8Blocks.BLOCK];
    byte[] expected = new byte[Code.LOG8.bytes(values.length)];
    byte[] found = new byte[expected.length];
    for (int exponent = 90; exponent <= 127; exponent++) {
      for (int half = 0; half < 2; half++) {
        for (int i = 0; i < values.length; i++) {
          int index = half * values.length + i;
          values[i] = Float.intBitsToFloat(exponent << 23 | index << 15);
        }
        // The scale is 2, or the bits of what is divided by it would not be these.
        values[0] = 2;
        Code.LOG8.plain().encode(values, 0, values.length, expected, 0, Dither.NONE);
        Code.LOG8.fastest().encode(values, 0, values.length, found, 0, Dither.NONE);
        assertThat(found).as("exponent %d", exponent).isEqualTo(expected);
      }
    }
  }

  /** A slice begins with the plain codec and ends with the other, whatever is between. */
  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  void codecTurnsToTheFasterOneWithTheSameBytes(Code code) throws InterruptedException {
    WarmedCodec codec = new WarmedCodec(code.plain(), code.fastest(), 4 * Coded.CHUNK);
    float[] values = new float[Coded.CHUNK];
    Random random = new Random(5);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    byte[] expected = new byte[code.bytes(values.length)];
    byte[] found = new byte[expected.length];
    code.plain().encode(values, 0, values.length, expected, 0, Dither.NONE);
    for (int i = 0; i < 3; i++) {
      codec.encode(values, 0, values.length, found, 0, Dither.NONE);
    }
    assertThat(codec.isWarm()).isFalse();
    for (int i = 0; i < 3000 && !codec.isWarm(); i++) {
      codec.encode(values, 0, values.length, found, 0, Dither.NONE);
      assertThat(Arrays.equals(found, expected)).isTrue();
      Thread.sleep(10);
    }
    assertThat(codec.isWarm()).isTrue();
    codec.encode(values, 0, values.length, found, 0, Dither.NONE);
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void slowerCodecIsNeverTurnedTo() throws InterruptedException {
    Codec plain = Code.FP32.plain();
    Codec slow =
        new Codec() {
          @Override
          public void encode(float[] v, int from, int count, byte[] target, int at, Dither d) {
            long end = System.nanoTime() + 20_000;
            while (System.nanoTime() < end) {
              Thread.onSpinWait();
            }
            plain.encode(v, from, count, target, at, d);
          }

          @Override
          public void decode(byte[] source, int at, float[] v, int from, int count) {
            plain.decode(source, at, v, from, count);
          }
        };
    WarmedCodec codec = new WarmedCodec(plain, slow, 1);
    codec.encode(new float[1], 0, 1, new byte[4], 0, Dither.NONE);
    Thread.sleep(300);
    assertThat(codec.isWarm()).isFalse();
  }

  /** Each of 23 bits, over neighbours and over seeds. */
  @Test
  void ditherIsUnbiasedInEachBitAndUncorrelated() {
    int count = 1 << 16;
    double[] ones = new double[23];
    double withNext = 0;
    double withOtherSeed = 0;
    Dither dither = Dither.of(1, 2);
    Dither other = Dither.of(1, 3);
    for (int i = 0; i < count; i++) {
      float number = dither.next(i);
      assertThat(number).isBetween(0f, Math.nextDown(1f));
      for (int bit = 0; bit < 23; bit++) {
        ones[bit] += (int) (number * (1 << 23)) >> bit & 1;
      }
      withNext += (number - 0.5) * (dither.next(i + 1) - 0.5);
      withOtherSeed += (number - 0.5) * (other.next(i) - 0.5);
    }
    // Six standard deviations.
    for (double sum : ones) {
      assertThat(sum / count).isBetween(0.5 - 3 / Math.sqrt(count), 0.5 + 3 / Math.sqrt(count));
    }
    assertThat(Math.abs(withNext) / count).isLessThan(6 / 12.0 / Math.sqrt(count));
    assertThat(Math.abs(withOtherSeed) / count).isLessThan(6 / 12.0 / Math.sqrt(count));
  }
}
