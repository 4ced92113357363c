package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
  private static long[] epoch(SampleOrder order, int epoch) {
    long samples = order.samples();
    return LongStream.range(epoch * samples, (epoch + 1) * samples).map(order::sample).toArray();
  }

  @Property(tries = 200)
  void everyEpochIsAPermutation(
      @ForAll @IntRange(min = 1, max = 5000) int samples,
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 1000) int epoch) {
    BitSet drawn = new BitSet();
    for (long sample : epoch(new SampleOrder(samples, seed), epoch)) {
      assertThat(sample).isBetween(0L, samples - 1L);
      drawn.set((int) sample);
    }
    assertThat(drawn.cardinality()).isEqualTo(samples);
  }

  @Property(tries = 100)
  void epochsAndSeedsDiffer(
      @ForAll @IntRange(min = 64, max = 3000) int samples, @ForAll long seed) {
    SampleOrder order = new SampleOrder(samples, seed);
    assertThat(epoch(order, 0)).isNotEqualTo(epoch(order, 1));
    assertThat(epoch(order, 0)).isNotEqualTo(epoch(new SampleOrder(samples, seed + 1), 0));
  }

  @Test
  void neverChanges() {
    // A run that resumes under a later version must go on in the same order.
    assertThat(epoch(new SampleOrder(10, 1), 0)).containsExactly(GOLDEN_FIRST);
    assertThat(epoch(new SampleOrder(10, 1), 1)).containsExactly(GOLDEN_SECOND);
    assertThat(new SampleOrder(1L << 40, 42).sample(123_456_789)).isEqualTo(GOLDEN_LARGE);
  }

  private static final long[] GOLDEN_FIRST = {7, 1, 8, 4, 0, 6, 2, 5, 9, 3};
  private static final long[] GOLDEN_SECOND = {8, 9, 0, 7, 4, 5, 1, 6, 2, 3};
  private static final long GOLDEN_LARGE = 510_084_277_789L;

  @Test
  void leavesNoTraceOfThePlainOrder() {
    int samples = 10_000;
    long[] drawn = epoch(new SampleOrder(samples, 7), 0);
    double meanMove = 0;
    int neighbours = 0;
    for (int i = 0; i < samples; i++) {
      meanMove += Math.abs(drawn[i] - i) / (double) samples;
      neighbours += i > 0 && Math.abs(drawn[i] - drawn[i - 1]) == 1 ? 1 : 0;
    }
    // A random permutation moves a sample by samples / 3 and has about 2 neighbouring pairs.
    assertThat(meanMove / samples).isBetween(0.32, 0.35);
    assertThat(neighbours).isLessThan(12);
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> new SampleOrder(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 sample");
    assertThatThrownBy(() -> new SampleOrder(5, 1).sample(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
