package org.kindling.model;

import org.kindling.kernels.Kernels;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.model.recurrent.RecurrentMemory;
import org.kindling.model.recurrent.RecurrentModel;
import org.kindling.model.transformer.Transformer;

/** Makes the model that settings describe, and answers what can be known without making it. */
public final class LanguageModels {
  private LanguageModels() {}

  /**
   * A model with all parameters zero; call {@link LanguageModel#initialize} or write them.
   *
   * @param maxSequences largest batch it will see
   * @param kernels stay the caller's, who closes them after the model
   * @throws IllegalArgumentException if there is not memory enough, before anything is allocated,
   *     or if the family counts instead of learning by gradients
   */
  public static LanguageModel create(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    return create(settings, vocabulary, maxSequences, kernels, Activations.KEPT);
  }

  /**
   * As above.
   *
   * @param activations what becomes of them, in families that can choose
   */
  public static LanguageModel create(
      ModelSettings settings,
      int vocabulary,
      int maxSequences,
      Kernels kernels,
      Activations activations) {
    MemoryEstimate memory = memory(settings, vocabulary, maxSequences, kernels, activations);
    return OffHeapMemory.allocate(
        kernels,
        "model",
        memory.modelBytes(),
        "use a smaller model or fewer tasks at a time",
        () ->
            settings.kind() == Family.TRANSFORMER
                ? Transformer.create(settings, vocabulary, maxSequences, kernels, activations)
                : new RecurrentModel(settings, vocabulary, maxSequences, kernels));
  }

  /** As below, with all activations kept. */
  public static MemoryEstimate memory(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    return memory(settings, vocabulary, maxSequences, kernels, Activations.KEPT);
  }

  /**
   * What such a model takes outside the heap; allocates nothing.
   *
   * @param maxSequences largest batch it will see
   * @param activations what becomes of them, in families that can choose
   */
  public static MemoryEstimate memory(
      ModelSettings settings,
      int vocabulary,
      int maxSequences,
      Kernels kernels,
      Activations activations) {
    requireGradients(settings);
    return settings.kind() == Family.TRANSFORMER
        ? Transformer.memory(settings, vocabulary, maxSequences, kernels, activations)
        : RecurrentMemory.estimate(settings, vocabulary, maxSequences, kernels);
  }

  /** The layout of such a model; allocates nothing. */
  public static ParameterLayout layout(ModelSettings settings, int vocabulary) {
    requireGradients(settings);
    return settings.kind() == Family.TRANSFORMER
        ? Transformer.layout(settings, vocabulary)
        : RecurrentModel.layout(settings, vocabulary);
  }

  private static void requireGradients(ModelSettings settings) {
    if (settings.kind().isCounted()) {
      throw new IllegalArgumentException(
          "model.family: "
              + settings.family()
              + " is counted, not trained by gradients; kindling pretrain counts it");
    }
  }

  /**
   * Floating-point operations of forward and backward per trained token; see {@link ModelFlops}.
   */
  public static double trainingFlopsPerToken(ModelSettings settings, int vocabulary) {
    return ModelFlops.ofTraining(settings, vocabulary);
  }

  /**
   * Parameters of tables that are looked up: token and position embeddings, and the transformer's
   * lm_head if it is not tied.
   */
  public static long embeddingParameters(ModelSettings settings, int vocabulary) {
    if (settings.kind() != Family.TRANSFORMER) {
      requireGradients(settings);
      return (long) vocabulary * settings.width();
    }
    return layout(settings, vocabulary).entries().stream()
        .filter(LanguageModels::isTable)
        .mapToLong(ParameterLayout.Entry::elements)
        .sum();
  }

  private static boolean isTable(ParameterLayout.Entry entry) {
    return entry.role() == ParameterLayout.Role.EMBEDDING
        || entry.role() == ParameterLayout.Role.HEAD;
  }
}
