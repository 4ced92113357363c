package org.kindling.model;

import org.kindling.kernels.Kernels;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.model.transformer.Transformer;

/** Makes the model that settings describe, and answers what can be known without making it. */
public final class LanguageModels {
  private LanguageModels() {}

  /**
   * A model with all parameters zero; call {@link LanguageModel#initialize} or write them.
   *
   * @param maxSequences largest batch it will see
   * @param kernels stay the caller's, who closes them after the model
   * @throws IllegalArgumentException if there is not memory enough, before anything is allocated
   */
  public static LanguageModel create(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    MemoryEstimate memory = memory(settings, vocabulary, maxSequences, kernels);
    return OffHeapMemory.allocate(
        kernels,
        "model",
        memory.modelBytes(),
        "use a smaller model or fewer tasks at a time",
        () -> new Transformer(settings, vocabulary, maxSequences, kernels));
  }

  /**
   * What such a model and its optimizer take outside the heap; allocates nothing.
   *
   * @param maxSequences largest batch it will see
   */
  public static MemoryEstimate memory(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    return Transformer.memory(settings, vocabulary, maxSequences, kernels);
  }

  /** The layout of such a model; allocates nothing. */
  public static ParameterLayout layout(ModelSettings settings, int vocabulary) {
    return Transformer.layout(settings, vocabulary);
  }

  /**
   * Floating-point operations of forward and backward per trained token: 6N + 12 · layers · context
   * · width with N all parameters, as in PaLM's appendix B; recomputation and the skipped half of
   * causal attention are not subtracted.
   *
   * @see <a href="https://arxiv.org/abs/2204.02311">Chowdhery et al. 2022</a>
   */
  public static double trainingFlopsPerToken(ModelSettings settings, int vocabulary) {
    double attention = 12.0 * settings.layers() * settings.context() * settings.width();
    return 6.0 * layout(settings, vocabulary).parameters() + attention;
  }

  /** Parameters of token and position embeddings and of an unembedding that is not tied. */
  public static long embeddingParameters(ModelSettings settings, int vocabulary) {
    long tables = settings.tied() ? 1 : 2;
    return (tables * vocabulary + settings.context()) * settings.width();
  }
}
