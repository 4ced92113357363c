package org.kindling.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SamplerBenchmarkTest {
  /** Sequences have logits of their own, so a draw that stands still would be seen. */
  @ParameterizedTest
  @EnumSource(SamplerBenchmark.Drawing.class)
  void drawsForEverySequence(SamplerBenchmark.Drawing drawing) {
    SamplerBenchmark benchmark = new SamplerBenchmark();
    benchmark.vocabulary = 100;
    benchmark.drawing = drawing;
    benchmark.spread = 3;
    benchmark.fill();
    assertThat(IntStream.range(0, 64).map(i -> benchmark.draw()).distinct().count())
        .isGreaterThan(5);
  }
}
