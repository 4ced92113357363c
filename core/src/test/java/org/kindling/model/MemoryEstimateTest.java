package org.kindling.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.Precision;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.OptimizerSettings;

class MemoryEstimateTest {
  private static ModelSettings model(int layers, int heads, int width, int context, boolean tied) {
    return new ModelSettings("transformer", layers, heads, width, context, tied);
  }

  private static long optimizer(
      OptimizerSettings optimizer, ModelSettings settings, int vocabulary, Kernels kernels) {
    return InnerOptimizer.bytes(optimizer, LanguageModels.layout(settings, vocabulary), kernels);
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 2, 3, 48, 67, 65, true, 3, adamw",
    "vector, 2, 3, 48, 67, 65, false, 3, adamw",
    "vector, 2, 3, 48, 67, 65, false, 3, muon",
    "vector, 1, 1, 3, 5, 2, true, 1, adamw",
    "vector, 3, 5, 20, 200, 1031, false, 7, adamw",
    "vector, 3, 5, 20, 200, 1031, false, 7, muon",
    "vector, 1, 2, 32, 700, 5003, true, 2, adamw",
    "nd4j, 2, 3, 48, 67, 65, true, 3, adamw",
    "nd4j, 2, 3, 48, 67, 65, true, 3, muon"
  })
  void equalsWhatTheKernelsAllocate(
      String name,
      int layers,
      int heads,
      int width,
      int context,
      int vocabulary,
      boolean tied,
      int batch,
      String kind) {
    ModelSettings settings = model(layers, heads, width, context, tied);
    try (Kernels kernels = Kernels.named(name)) {
      MemoryEstimate estimate = LanguageModels.memory(settings, vocabulary, batch, kernels);
      long before = OffHeapMemory.heldBytes();
      OffHeapMemory.startPeak();
      int tokens = batch * context;
      TokenBatch ids = new TokenBatch(batch, context, new int[tokens], new int[tokens]);
      OptimizerSettings chosen = OptimizerSettings.DEFAULTS.withKind(kind);
      long ofOptimizer = optimizer(chosen, settings, vocabulary, kernels);
      try (LanguageModel model = LanguageModels.create(settings, vocabulary, batch, kernels)) {
        assertThat(OffHeapMemory.heldBytes() - before).isEqualTo(estimate.modelBytes());
        try (InnerOptimizer optimizer = InnerOptimizer.create(chosen, model.layout(), kernels)) {
          model.initialize(1);
          model.lossAndGradient(ids, 0.5f / ids.tokens());
          model.lossAndGradient(ids, 0.5f / ids.tokens());
          optimizer.step(model.parameters(), model.gradients(), 1e-3, 1);
        }
      }
      assertThat(OffHeapMemory.peakBytes() - before).isEqualTo(estimate.trainingBytes(ofOptimizer));
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
    }
  }

  /** To the byte, whatever the architecture and whatever becomes of its activations. */
  @ParameterizedTest
  @CsvSource({
    "gpt2 layers=3 heads=3 width=21 context=67",
    "gpt2 layers=2 width=24 context=67 positions=sinusoidal softCap=5 tied=false",
    "llama layers=3 heads=4 kvHeads=2 width=20 headDim=6 context=67",
    "qwen3 layers=3 heads=2 width=20 context=200 window=7",
    "modern layers=2 heads=3 width=48 context=67 hidden=77"
  })
  void equalsWhatEveryArchitectureAllocates(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    long[] totals = new long[Activations.values().length];
    try (Kernels kernels = Kernels.named("vector")) {
      for (Activations activations : Activations.values()) {
        MemoryEstimate estimate = LanguageModels.memory(settings, 33, 2, kernels, activations);
        long before = OffHeapMemory.heldBytes();
        OffHeapMemory.startPeak();
        try (LanguageModel model = LanguageModels.create(settings, 33, 2, kernels, activations)) {
          assertThat(OffHeapMemory.heldBytes() - before).isEqualTo(estimate.modelBytes());
          model.initialize(1);
          TokenBatch ids = new TokenBatch(2, 67, new int[134], new int[134]);
          if (activations == Activations.DISCARDED) {
            model.loss(ids);
          } else {
            model.lossAndGradient(ids, 1);
          }
          assertThat(OffHeapMemory.peakBytes() - before).isEqualTo(estimate.modelBytes());
        }
        assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
        totals[activations.ordinal()] = estimate.modelBytes();
      }
    }
    assertThat(totals[Activations.RECOMPUTED.ordinal()])
        .isLessThan(totals[Activations.KEPT.ordinal()])
        .isGreaterThan(totals[Activations.DISCARDED.ordinal()]);
  }

  /** oneDNN rounds the extents of copies up, and works in a little memory of its own. */
  @ParameterizedTest
  @CsvSource({
    "2, 4, 128, 64, 65, 12, adamw",
    "2, 6, 384, 256, 4096, 2, adamw",
    "1, 12, 768, 128, 20000, 1, adamw",
    "2, 4, 128, 64, 65, 12, muon",
    "2, 6, 384, 256, 4096, 2, muon"
  })
  void countsCopiesInBf16(
      int layers, int heads, int width, int context, int vocabulary, int batch, String kind) {
    ModelSettings settings = model(layers, heads, width, context, true);
    try (Kernels kernels = Kernels.named("vector", Precision.BF16)) {
      assumeThat(kernels.precision()).isEqualTo(Precision.BF16);
      MemoryEstimate estimate = LanguageModels.memory(settings, vocabulary, batch, kernels);
      long before = OffHeapMemory.heldBytes();
      OffHeapMemory.startPeak();
      int tokens = batch * context;
      TokenBatch ids = new TokenBatch(batch, context, new int[tokens], new int[tokens]);
      OptimizerSettings chosen = OptimizerSettings.DEFAULTS.withKind(kind);
      double estimated = estimate.trainingBytes(optimizer(chosen, settings, vocabulary, kernels));
      try (LanguageModel model = LanguageModels.create(settings, vocabulary, batch, kernels);
          InnerOptimizer optimizer = InnerOptimizer.create(chosen, model.layout(), kernels)) {
        model.initialize(1);
        model.lossAndGradient(ids, 1f / ids.tokens());
        optimizer.step(model.parameters(), model.gradients(), 1e-3, 1);
        model.lossAndGradient(ids, 1f / ids.tokens());
      }
      assertThat((double) (OffHeapMemory.peakBytes() - before))
          .isBetween(0.9 * estimated, 1.05 * estimated);
      assertThat(estimate.copiesBytes()).isPositive();
    }
  }

  /** GPT-2 counted by hand, without register widths and alignment. */
  @ParameterizedTest
  @CsvSource({
    "12, 12, 768, 2048, 50257, 1",
    "12, 12, 768, 1024, 50257, 4",
    "6, 6, 384, 256, 4096, 8",
    "4, 4, 128, 64, 65, 12"
  })
  void followsTheFormula(int layers, int heads, int width, int context, int vocabulary, int batch) {
    try (Kernels kernels = Kernels.named("vector")) {
      ModelSettings settings = model(layers, heads, width, context, true);
      MemoryEstimate m = LanguageModels.memory(settings, vocabulary, batch, kernels);
      double rows = (double) batch * context;
      double parameters = LanguageModels.layout(settings, vocabulary).size();
      Percentage close = Percentage.withPercentage(1);
      assertThat((double) m.parametersBytes()).isCloseTo(4 * parameters, close);
      assertThat((double) m.gradientsBytes()).isCloseTo(4 * parameters, close);
      long moments = optimizer(OptimizerSettings.DEFAULTS, settings, vocabulary, kernels);
      assertThat((double) moments).isCloseTo(8 * parameters, close);
      // And the gradient of the residual stream.
      double last = 3 * rows * width + 2 * rows;
      assertThat((double) m.activationsBytes())
          .isCloseTo(4 * (layers * (16 * rows * width + 4 * rows) + last), close);
      assertThat((double) m.sharedBytes()).isCloseTo(4 * (11 * rows * width), close);
      double triangles = (double) batch * heads * context * (context + 64) / 2;
      assertThat((double) m.attentionBytes()).isCloseTo(4.0 * layers * triangles, within(4e7));
      // Rows of logits, and one of the slopes of a soft cap.
      double logits = Math.max(1 << 20, 64.0 * vocabulary) + vocabulary;
      assertThat((double) m.logitsBytes()).isLessThanOrEqualTo(4 * 1.01 * logits + 64);
      assertThat((double) m.trainingBytes(moments))
          .isCloseTo(
              16 * parameters
                  + 4 * layers * (16 * rows * width + 4 * rows + triangles)
                  + 4 * (14 * rows * width + 2 * rows)
                  + m.logitsBytes(),
              Percentage.withPercentage(5));
    }
  }

  @Test
  void gpt2SmallFitsIntoFiveGigabytes() {
    try (Kernels kernels = Kernels.named("vector")) {
      ModelSettings settings = model(12, 12, 768, 2048, true);
      MemoryEstimate m = LanguageModels.memory(settings, 50257, 1, kernels);
      long moments = optimizer(OptimizerSettings.DEFAULTS, settings, 50257, kernels);
      assertThat(m.trainingBytes(moments)).isBetween(4_000_000_000L, 5_000_000_000L);
    }
  }

  @Test
  void refusesAModelThatDoesNotFitBeforeAllocating() {
    try (Kernels kernels = Kernels.named("vector")) {
      ModelSettings huge = model(2000, 64, 8192, 1024, true);
      long before = OffHeapMemory.heldBytes();
      OffHeapMemory.startPeak();
      long needed = LanguageModels.memory(huge, 100, 1, kernels).modelBytes();
      assertThatThrownBy(() -> LanguageModels.create(huge, 100, 1, kernels))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("model: needs " + needed + " bytes outside the heap, ");
      assertThat(OffHeapMemory.peakBytes()).isEqualTo(before);
    }
  }

  @Test
  void longTensorsAreCountedAndMorePositionsThanAnIntAreRefused() {
    try (Kernels kernels = Kernels.named("vector")) {
      ModelSettings settings = model(1, 1, 1024, 1024, true);
      long rows = 300L * 1024;
      MemoryEstimate estimate = LanguageModels.memory(settings, 300_000, 300, kernels);
      assertThat(estimate.activationsBytes()).isGreaterThan(4 * rows * 16 * 1024);
      assertThat(estimate.parametersBytes()).isGreaterThan(4 * 300_000L * 1024);
      assertThatThrownBy(() -> LanguageModels.memory(settings, 65, 1 << 22, kernels))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "model: a batch would have 4294967296 positions, at most 2147483647 can be computed at"
                  + " once; use a smaller batch with more training.gradientAccumulation");
    }
  }
}
