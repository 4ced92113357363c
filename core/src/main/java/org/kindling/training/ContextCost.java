package org.kindling.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.OptimizerSettings;

/**
 * What a longer context costs a model: seconds measured, bytes by {@link
 * org.kindling.model.MemoryEstimate}. Recurrent models take the same time for every token and, with
 * truncated gradients, the same memory; attention looks at every token before, so both grow.
 *
 * @param context tokens of a sequence
 * @param trainingSecondsPerToken forward and backward of one sequence, the median of several
 * @param generationSecondsPerToken of the last token of a full context, the median of several
 * @param trainingBytes of parameters, AdamW and one sequence's activations
 */
public record ContextCost(
    int context,
    double trainingSecondsPerToken,
    double generationSecondsPerToken,
    double trainingBytes) {
  private static final int REPETITIONS = 5;

  /** Measures one context length with random tokens and parameters. */
  public static ContextCost measure(
      ModelSettings settings, int vocabulary, int context, Kernels kernels) {
    ModelSettings longer = settings.withContext(context);
    int[] ids = new Random(1).ints(context, 0, vocabulary).toArray();
    TokenBatch batch = new TokenBatch(1, context, ids, ids);
    long optimizer =
        InnerOptimizer.bytes(
            OptimizerSettings.DEFAULTS, LanguageModels.layout(longer, vocabulary), kernels);
    long bytes = LanguageModels.memory(longer, vocabulary, 1, kernels).trainingBytes(optimizer);
    try (LanguageModel model = LanguageModels.create(longer, vocabulary, 1, kernels)) {
      model.initialize(1);
      double training = median(() -> model.lossAndGradient(batch, 1f / context));
      double generation = generation(model, ids);
      return new ContextCost(context, training / context, generation, bytes);
    }
  }

  private static double generation(LanguageModel model, int[] ids) {
    try (LanguageModel.Decoder decoder = model.decoder(1)) {
      List<Double> seconds = new ArrayList<>();
      for (int i = 0; i < REPETITIONS; i++) {
        decoder.reset(0);
        if (ids.length > 1) {
          decoder.append(new int[][] {Arrays.copyOf(ids, ids.length - 1)});
        }
        long start = System.nanoTime();
        decoder.append(new int[][] {{ids[ids.length - 1]}});
        seconds.add((System.nanoTime() - start) / 1e9);
      }
      return middle(seconds);
    }
  }

  private static double median(Runnable work) {
    work.run();
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < REPETITIONS; i++) {
      long start = System.nanoTime();
      work.run();
      seconds.add((System.nanoTime() - start) / 1e9);
    }
    return middle(seconds);
  }

  private static double middle(List<Double> seconds) {
    return seconds.stream().sorted().skip(seconds.size() / 2).findFirst().orElseThrow();
  }
}
