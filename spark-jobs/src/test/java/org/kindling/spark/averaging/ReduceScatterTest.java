package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReduceScatterTest {
  @Test
  void updatesStayInMemoryWhileTheyAreAFractionOfTheHeap() {
    long heap = Runtime.getRuntime().maxMemory();
    // Of 4 bytes: three vectors for each of two workers, state and momentum before and after.
    long perElement = 4 * (3 * 2 + 8);
    assertThat(ReduceScatter.fits(heap / perElement / 4, 2)).isTrue();
    assertThat(ReduceScatter.fits(heap / perElement / 3, 2)).isFalse();
    assertThat(ReduceScatter.fits(heap / perElement / 4, 8)).isFalse();
  }
}
