package org.kindling.training;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
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
 * Trains and prints the bytes of the heap that a warm step allocates. A program of its own, as an
 * executor is: which vectors the compiler keeps in registers depends on what it inlined, and that
 * on all that ran in the process before.
 */
final class AllocationOfSteps {
  private static final int STEPS = 100;
  private static final int BATCH = 3;
  private static final double WARMUP_SECONDS = 40;

  private final SampleReader samples;
  private final LanguageModel model;
  private final AdamW optimizer;
  private final TokenBatch batch;
  private long step;

  private AllocationOfSteps(SampleReader samples, LanguageModel model, AdamW optimizer) {
    this.samples = samples;
    this.model = model;
    this.optimizer = optimizer;
    int context = model.settings().context();
    int tokens = BATCH * context;
    this.batch = new TokenBatch(BATCH, context, new int[tokens], new int[tokens]);
  }

  /** Arguments: directory for data, precision, heads, width, context, bytes that are few enough. */
  public static void main(String[] args) throws IOException {
    Precision precision = Precision.named("precision", args[1]);
    int heads = Integer.parseInt(args[2]);
    int width = Integer.parseInt(args[3]);
    int context = Integer.parseInt(args[4]);
    ModelSettings settings = new ModelSettings("transformer", 2, heads, width, context, true);
    Dataset dataset = new TrainingFixture(Path.of(args[0])).dataset();
    try (SampleReader samples = new SampleReader(dataset.tokens("train"), context, 1);
        Kernels kernels = Kernels.named("vector", precision);
        LanguageModel model = LanguageModels.create(settings, 256, BATCH, kernels);
        AdamW optimizer = new AdamW(OptimizerSettings.DEFAULTS, model.layout(), kernels)) {
      model.initialize(1);
      AllocationOfSteps steps = new AllocationOfSteps(samples, model, optimizer);
      System.out.println(steps.bytesOfWarmStep(Long.parseLong(args[5])));
    }
  }

  /** Bytes of a step once the compiler is done, or of the last one before the attempts run out. */
  private long bytesOfWarmStep(long enough) throws IOException {
    long end = System.nanoTime() + (long) (WARMUP_SECONDS * 1e9);
    long bytes;
    do {
      bytes = bytesOfSteps() / STEPS;
    } while (bytes > enough && System.nanoTime() < end);
    return bytes;
  }

  private long bytesOfSteps() throws IOException {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    for (int s = 0; s < STEPS; s++) {
      for (int row = 0; row < BATCH; row++) {
        samples.read(step * BATCH + row, batch.inputs(), batch.targets(), row);
      }
      model.gradients().clear();
      model.lossAndGradient(batch, 1f / batch.tokens());
      optimizer.step(model.parameters(), model.gradients(), 1e-3, ++step);
    }
    return thread.getCurrentThreadAllocatedBytes() - before;
  }
}
