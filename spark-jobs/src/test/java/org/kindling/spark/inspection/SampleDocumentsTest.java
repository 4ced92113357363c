package org.kindling.spark.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SampleDocumentsTest {
  @Test
  void asManyAsThereAreAndNoneTwice() {
    for (int limit = 0; limit < 12; limit++) {
      for (int count = 0; count < 15; count++) {
        long last = limit - 1L;
        assertThat(SampleDocuments.choose(limit, count, 31L * limit + count))
            .hasSize(Math.min(limit, count))
            .allSatisfy(number -> assertThat(number).isBetween(0L, last));
      }
    }
  }

  @Test
  void everyDocumentHasItsChance() {
    int[] drawn = new int[5];
    for (long seed = 0; seed < 5000; seed++) {
      SampleDocuments.choose(5, 2, seed).forEach(number -> drawn[number.intValue()]++);
    }
    for (int count : drawn) {
      assertThat(count).isBetween(1850, 2150);
    }
  }
}
