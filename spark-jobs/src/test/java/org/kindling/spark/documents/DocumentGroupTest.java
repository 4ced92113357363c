package org.kindling.spark.documents;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DocumentGroupTest {
  @Test
  void groupsGrowToTheirLargestSizeAndThenInNumber() {
    assertThat(DocumentGroup.usualNumber(0)).isEqualTo(1);
    assertThat(DocumentGroup.usualNumber(100_000_000)).isEqualTo(12);
    assertThat(DocumentGroup.usualNumber(10_000_000_000L)).isEqualTo(1024);
    assertThat(DocumentGroup.usualNumber(256L << 30)).isEqualTo(1024);
    assertThat(DocumentGroup.usualNumber(10_000_000_000_000L)).isEqualTo(37_253);
  }
}
