package org.kindling.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.TokenBatch;
import org.kindling.model.transformer.RandomModels;
import org.kindling.optimizer.AdamW;
import org.kindling.optimizer.OptimizerSettings;

/**
 * Trains and prints, at some steps, what the process holds. A program of its own: what other tests
 * did in a process before would blur the figures.
 */
final class MemoryOfSteps {
  private static final int VOCABULARY = 33;
  private static final int SEQUENCES = 2;

  private MemoryOfSteps() {}

  /**
   * Arguments: precision, model variant, steps at which to print. Prints a line each: step, bytes
   * of resident memory, pointers to native objects; then one of step 0 after all is closed.
   */
  public static void main(String[] args) throws IOException {
    ModelSettings settings = ModelVariants.of(args[1]);
    try (Kernels kernels = TestedPrecision.valueOf(args[0]).kernels();
        LanguageModel model = LanguageModels.create(settings, VOCABULARY, SEQUENCES, kernels);
        AdamW optimizer = new AdamW(OptimizerSettings.DEFAULTS, model.layout(), kernels)) {
      model.initialize(1);
      int step = 0;
      for (int i = 2; i < args.length; i++) {
        while (step < Integer.parseInt(args[i])) {
          step(model, optimizer, ++step);
        }
        print(step);
      }
    }
    print(0);
  }

  /** Batches of whole sequences and of documents, of two lengths, scored now and then. */
  private static void step(LanguageModel model, AdamW optimizer, int step) {
    int length = model.settings().context() - step % 2;
    TokenBatch batch =
        step % 3 == 0
            ? RandomModels.weighted(SEQUENCES, length, VOCABULARY, step)
            : RandomModels.batch(SEQUENCES, length, VOCABULARY, step);
    model.gradients().clear();
    model.lossAndGradient(batch, 1f / batch.tokens());
    optimizer.step(model.parameters(), model.gradients(), 1e-3, step);
    if (step % 10 == 0) {
      model.loss(batch);
    }
  }

  private static void print(int step) throws IOException {
    System.out.println(
        step + " " + residentBytes() + " " + (Pointer.totalCount() - Operators.held()));
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("/proc/self/status has no VmRSS");
  }
}
