package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.SampleReader;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.AdamW;
import org.kindling.optimizer.OptimizerSettings;

/**
 * A warm training step makes no garbage that grows with model or batch: a vector that is not kept
 * in a register would be an object, a hundred thousand of them a step.
 */
class StepAllocationTest {
  private static final int STEPS = 100;
  private static final int BATCH = 3;

  /** Small records per layer and call. */
  private static final long MOST_BYTES_PER_STEP = 6_000;

  private static final double WARMUP_SECONDS = 40;

  @TempDir private Path directory;
  private TokenBatch batch;
  private long step;

  /** Widths and contexts with and without a rest beside whole registers and tiles. */
  @ParameterizedTest
  @CsvSource({"FP32, 3, 48, 67", "FP32, 5, 20, 64", "BF16, 3, 48, 67"})
  void warmStepsMakeNoGarbage(Precision precision, int heads, int width, int context)
      throws IOException {
    ModelSettings settings = new ModelSettings("transformer", 2, heads, width, context, true);
    Dataset dataset = new TrainingFixture(directory).dataset();
    try (SampleReader samples = new SampleReader(dataset.tokens("train"), context, 1);
        Kernels kernels = Kernels.named("vector", precision);
        LanguageModel model = LanguageModels.create(settings, 256, BATCH, kernels);
        AdamW optimizer = new AdamW(OptimizerSettings.DEFAULTS, model.layout(), kernels)) {
      model.initialize(1);
      int tokens = BATCH * context;
      batch = new TokenBatch(BATCH, context, new int[tokens], new int[tokens]);
      long end = System.nanoTime() + (long) (WARMUP_SECONDS * 1e9);
      long bytes;
      do {
        bytes = allocatedBySteps(samples, model, optimizer);
      } while (bytes > STEPS * MOST_BYTES_PER_STEP && System.nanoTime() < end);
      assertThat(bytes / STEPS).isLessThan(MOST_BYTES_PER_STEP);
    }
  }

  private long allocatedBySteps(SampleReader samples, LanguageModel model, AdamW optimizer)
      throws IOException {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    for (int s = 0; s < STEPS; s++) {
      for (int row = 0; row < BATCH; row++) {
        samples.read(step * BATCH + row, batch.inputs(), batch.targets(), row);
      }
      model.gradients().clear();
      model.lossAndGradient(batch, 1f);
      optimizer.step(model.parameters(), model.gradients(), 1e-3, ++step);
    }
    return thread.getCurrentThreadAllocatedBytes() - before;
  }
}
