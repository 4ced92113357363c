package org.kindling.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CodeTest {
  private static final int LENGTH = 2 * Coded.CHUNK + 77;

  private static float[] numbers() {
    Random random = new Random(4);
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()) * 1e-3);
    }
    return values;
  }

  private static float[] squares() {
    float[] values = numbers();
    for (int i = 0; i < values.length; i++) {
      values[i] *= values[i];
    }
    return values;
  }

  private static Coded code(Code code, float[] values, long seed) {
    return Coded.of(
        code,
        values.length,
        Dither.of(seed),
        (from, target, count) -> System.arraycopy(values, from, target, 0, count));
  }

  private static float largest(float[] values, int block, int of) {
    float largest = 0;
    int from = of / block * block;
    for (int i = from; i < Math.min(values.length, from + block); i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }

  @Test
  void fp32IsExact() {
    assertThat(code(Code.FP32, numbers(), 1).toFloats()).isEqualTo(numbers());
    assertThat(Coded.of(numbers())).isEqualTo(code(Code.FP32, numbers(), 2));
  }

  /** The upper halves of float32, as any reader of bfloat16 has them. */
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "-0.0, -0.0",
    "1.00390625, 1", // a tie goes to the even one
    "1.01171875, 1.015625",
    "3.3895314E38, 3.3895314E38",
    "3.4E38, Infinity",
    "NaN, NaN"
  })
  void bf16RoundsToTheNearest(float value, float expected) {
    assertThat(code(Code.BF16, new float[] {value}, 1).toFloats()).containsExactly(expected);
  }

  @Test
  void int8IsWithinHalfAStepOfTheBlocksLargest() {
    float[] values = numbers();
    float[] found = code(Code.INT8, values, 1).toFloats();
    for (int i = 0; i < LENGTH; i++) {
      double step = largest(values, 128, i) / 127.0 * (1 + 1 / 128.0);
      assertThat((double) found[i]).isCloseTo(values[i], within(0.5001 * step));
    }
  }

  @Test
  void int4IsWithinAStepAndRightInTheMean() {
    float[] values = numbers();
    double[] sum = new double[LENGTH];
    int times = 200;
    for (int t = 0; t < times; t++) {
      float[] found = code(Code.INT4, values, t).toFloats();
      for (int i = 0; i < LENGTH; i++) {
        double step = largest(values, 64, i) / 7.0 * (1 + 1 / 128.0);
        assertThat((double) found[i]).isCloseTo(values[i], within(1.0001 * step));
        sum[i] += (found[i] - values[i]) / step;
      }
    }
    // The mean of 200 errors of at most half a step's deviation: six of its deviations.
    for (int i = 0; i < LENGTH; i++) {
      assertThat(sum[i] / times).isCloseTo(0, within(6 * 0.5 / Math.sqrt(times)));
    }
  }

  @Test
  void log8KeepsRatiosAndNeverGivesZero() {
    float[] values = squares();
    float[] found = code(Code.LOG8, values, 1).toFloats();
    double half = Math.pow(2, 1 / 16.0) * (1 + 1.0 / 128) * (1 + 1.0 / 256);
    for (int i = 0; i < LENGTH; i++) {
      float largest = largest(values, 128, i);
      assertThat(found[i]).isPositive();
      if (values[i] > largest * 1e-9) {
        assertThat(found[i] / (double) values[i]).isBetween(1 / half, half);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "LOG8"})
  void blockOfZerosStaysSo(Code code) {
    assertThat(code(code, new float[200], 1).toFloats()).containsOnly(0f);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "LOG8"})
  void whatIsNotFiniteIsNotHidden(Code code) {
    float[] values = new float[300];
    java.util.Arrays.fill(values, 1);
    values[130] = Float.POSITIVE_INFINITY;
    float[] found = code(code, values, 1).toFloats();
    assertThat(found[130]).isNaN();
    assertThat(found[0]).isCloseTo(1, within(0.1f));
    values[130] = Float.NaN;
    assertThat(code(code, values, 1).toFloats()[130]).isNaN();
  }

  @ParameterizedTest
  @EnumSource
  void sameNumbersGiveTheSameBytesWhateverThePieces(Code code) {
    float[] values = code == Code.LOG8 ? squares() : numbers();
    Coded whole = code(code, values, 9);
    assertThat(code(code, values, 9)).isEqualTo(whole);
    float[] all = whole.toFloats();
    float[] part = new float[77];
    whole.read(2 * Coded.CHUNK, part, 77);
    for (int i = 0; i < part.length; i++) {
      assertThat(part[i]).isEqualTo(all[2 * Coded.CHUNK + i]);
    }
  }

  @ParameterizedTest
  @CsvSource({"FP32, 400", "BF16, 200", "INT8, 102", "INT4, 54", "LOG8, 102"})
  void bytesOfHundredNumbers(Code code, int bytes) {
    assertThat(code.bytes(100)).isEqualTo(bytes);
    assertThat(code(code, new float[100], 1).bytes()).hasSize(bytes);
  }

  @Test
  void bytesOfAnotherLengthAreRefused() {
    assertThatThrownBy(() -> new Coded(Code.INT8, 10, new byte[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("exchange: 10 elements in INT8 take 12 bytes, found 3");
  }

  @Test
  void unknownBitsAreRefused() {
    assertThatThrownBy(() -> Exchange.named("int3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("training.exchange: unknown 'int3'; use one of fp32, bf16, int8, int4");
  }
}
