package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReduceScatterTest {
  @Test
  void updatesStayInMemoryWhileTheyAreAFractionOfTheHeap() {
    long heap = Runtime.getRuntime().maxMemory();
    // Of 4 bytes: an update of each of two workers, and the state before and after the round.
    long perElement = 4 * (2 + 3);
    assertThat(ReduceScatter.fits(heap / perElement / 4, 2)).isTrue();
    assertThat(ReduceScatter.fits(heap / perElement / 3, 2)).isFalse();
    assertThat(ReduceScatter.fits(heap / perElement / 4, 8)).isFalse();
  }
}
