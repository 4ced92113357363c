package org.kindling.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerBenchmarkTest {
  /** Shapes go together and the arithmetic stays finite, so that no denormals or NaNs are timed. */
  @ParameterizedTest
  @EnumSource(Configuration.class)
  void everyLayerRunsAtBothSizes(Configuration configuration) {
    LayerBenchmark benchmark = new LayerBenchmark();
    benchmark.configuration = configuration;
    benchmark.allocate();
    try {
      benchmark.linear();
      benchmark.linearBackward();
      benchmark.gelu();
      benchmark.layerNorm();
      benchmark.layerNormBackward();
      benchmark.attention();
      benchmark.attentionBackward();
      assertThat(benchmark.attentionOutput())
          .hasSize(configuration.rows() * configuration.width())
          .satisfies(values -> assertThat(values[0]).isFinite().isNotZero());
    } finally {
      benchmark.close();
    }
  }
}
