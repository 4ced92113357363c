package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LengthHistogramTest {
  private static LengthHistogram of(long... lengths) {
    LengthHistogram histogram = new LengthHistogram();
    for (long length : lengths) {
      histogram.add(length);
    }
    return histogram;
  }

  @Property(tries = 500)
  void percentilesAreThoseOfTheSortedLengths(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(max = 1L << 40) Long> lengths,
      @ForAll @DoubleRange(min = 0.01, max = 100) double percent) {
    long[] sorted = lengths.stream().mapToLong(Long::longValue).sorted().toArray();
    int half = sorted.length / 2;
    LengthHistogram histogram = of(Arrays.copyOf(sorted, half));
    histogram.addAll(of(Arrays.copyOfRange(sorted, half, sorted.length)));
    long expected = sorted[(int) Math.ceil(sorted.length * percent / 100) - 1];
    long found = histogram.percentile(percent);
    assertThat(found).isLessThanOrEqualTo(Math.max(expected, sorted[0]));
    assertThat((double) found)
        .isGreaterThanOrEqualTo(expected < 2048 ? expected : expected * 0.999);
    assertThat(histogram.longest()).isEqualTo(sorted[sorted.length - 1]);
    assertThat(histogram.shortest()).isEqualTo(sorted[0]);
  }

  @Property(tries = 300)
  void barsCountEveryDocumentInItsRange(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(max = 1L << 40) Long> lengths) {
    LengthHistogram histogram = of(lengths.stream().mapToLong(Long::longValue).toArray());
    List<LengthHistogram.Bar> bars = histogram.bars();
    for (LengthHistogram.Bar bar : bars) {
      assertThat(bar.documents())
          .isEqualTo(lengths.stream().filter(l -> l >= bar.from() && l <= bar.to()).count());
    }
    assertThat(bars.stream().mapToLong(LengthHistogram.Bar::documents).sum())
        .isEqualTo(lengths.size());
  }

  @Test
  void barsDouble() {
    assertThat(of(3, 5, 4, 9, 2000).bars())
        .startsWith(
            new LengthHistogram.Bar(2, 3, 1),
            new LengthHistogram.Bar(4, 7, 2),
            new LengthHistogram.Bar(8, 15, 1))
        .endsWith(new LengthHistogram.Bar(1024, 2047, 1));
    assertThat(new LengthHistogram().bars()).isEmpty();
    assertThat(new LengthHistogram().percentile(50)).isZero();
  }
}
