package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MixtureOrderTest {
  private static MixtureOrder order(long seed, double... weights) {
    return new MixtureOrder(data(weights), seed);
  }

  private static List<DataSource> data(double... weights) {
    List<DataSource> data = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      data.add(new DataSource("data/" + i, weights[i]));
    }
    return data;
  }

  private static double[] unboxed(List<Double> weights) {
    return weights.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** How far each count may be from share · samples. */
  private static double bound(int sources) {
    return sources <= 2 ? 1 : sources == 3 ? 2 : 4;
  }

  @Property(tries = 300)
  void everyPrefixHasItsShares(
      @ForAll @Size(min = 2, max = 9) List<@DoubleRange(min = 0.01, max = 50) Double> weights,
      @ForAll long seed) {
    MixtureOrder order = order(seed, unboxed(weights));
    long[] drawn = new long[weights.size()];
    for (long k = 0; k < 1500; k++) {
      for (int i = 0; i < drawn.length; i++) {
        assertThat(order.served(i, k)).isEqualTo(drawn[i]);
        assertThat(Math.abs(drawn[i] - order.share(i) * k)).isLessThan(bound(drawn.length) + 1e-6);
      }
      drawn[order.source(k)]++;
    }
  }

  @Property(tries = 300)
  void farFromTheStartToo(
      @ForAll @Size(min = 1, max = 9) List<@DoubleRange(min = 0.01, max = 1e3) Double> weights,
      @ForAll long seed,
      @ForAll @LongRange(min = 0, max = 1_000_000_000_000_000L) long start) {
    MixtureOrder order = order(seed, unboxed(weights));
    int sources = weights.size();
    long[] before = IntStream.range(0, sources).mapToLong(i -> order.served(i, start)).toArray();
    assertThat(java.util.Arrays.stream(before).sum()).isEqualTo(start);
    for (int i = 0; i < sources; i++) {
      // share() is a double: at 10^15 samples it is itself good to about one.
      assertThat(before[i] - order.share(i) * start).isBetween(-6.0, 6.0);
    }
    for (long k = start; k < start + 50; k++) {
      before[order.source(k)]++;
      for (int i = 0; i < sources; i++) {
        assertThat(order.served(i, k + 1)).isEqualTo(before[i]);
      }
    }
  }

  @Test
  void threeToOneIsThreeToOne() {
    MixtureOrder order = order(5, 3, 1);
    assertThat(order.share(0)).isEqualTo(0.75);
    for (long k = 0; k < 4000; k += 4) {
      assertThat(order.served(0, k)).isEqualTo(3 * k / 4);
      assertThat(order.served(1, k)).isEqualTo(k / 4);
    }
    assertThat(order.served(0, 4_000_000_000_000_000L)).isEqualTo(3_000_000_000_000_000L);
  }

  @Test
  void oneSourceServesEverySample() {
    MixtureOrder order = order(9, 7.5);
    assertThat(order.source(123_456_789_012L)).isZero();
    assertThat(order.served(0, 123_456_789_012L)).isEqualTo(123_456_789_012L);
    assertThat(order.seedOf(0)).isEqualTo(9);
  }

  @Test
  void weightsAreRelative() {
    MixtureOrder order = order(1, 3, 1, 0.5);
    MixtureOrder scaled = order(1, 0.6, 0.2, 0.1);
    for (long k = 0; k < 500; k++) {
      assertThat(scaled.source(k)).isEqualTo(order.source(k));
    }
    assertThat(MixtureOrder.shares(data(1e300, 2e300))).containsExactly(1, 2);
    assertThat(MixtureOrder.shares(data(1e-300, 5e-300))).containsExactly(1, 5);
  }

  @Test
  void sharesThatNeedLongNumbersAreRounded() {
    double[] weights = {Math.PI, Math.E, Math.sqrt(2)};
    MixtureOrder order = order(1, weights);
    double sum = Math.PI + Math.E + Math.sqrt(2);
    for (int i = 0; i < 3; i++) {
      assertThat(order.share(i)).isBetween(weights[i] / sum - 1e-9, weights[i] / sum + 1e-9);
    }
  }

  /** A regular pattern would give all of a rare source to the same workers. */
  @Test
  void everyWorkerSeesEverySource() {
    int workers = 4;
    int batch = 12;
    MixtureOrder order = order(1, 15, 1);
    long[] rare = new long[workers];
    for (long k = 0; k < 48_000; k++) {
      rare[(int) (k / batch % workers)] += order.source(k);
    }
    for (long count : rare) {
      assertThat(count).isBetween(650L, 850L);
    }
  }

  @Test
  void seedsDiffer() {
    assertThat(first(60, order(1, 1, 1))).isNotEqualTo(first(60, order(2, 1, 1)));
  }

  private static String first(int count, MixtureOrder order) {
    StringBuilder sources = new StringBuilder();
    for (long k = 0; k < count; k++) {
      sources.append(order.source(k));
    }
    return sources.toString();
  }

  @Test
  void neverChanges() {
    // A run that resumes under a later version must go on in the same order.
    assertThat(first(32, order(1, 3, 1))).isEqualTo("01000100010000010001000110000010");
    assertThat(first(32, order(42, 5, 0.5, 2, 1))).isEqualTo("02002030021002003030200020201030");
    assertThat(order(42, 5, 0.5, 2, 1).served(2, 1_000_000_007)).isEqualTo(235294119L);
  }

  @Test
  void refusesSharesTooSmallToCount() {
    assertThatThrownBy(() -> order(1, 1, 1e-9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "data.weight: 1.0E-9 for data/1 is less than 10^-8 of all weights together; leave it"
                + " out or give it more");
  }
}
