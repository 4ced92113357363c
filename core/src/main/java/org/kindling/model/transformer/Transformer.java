package org.kindling.model.transformer;

import org.kindling.kernels.Embedding;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.kernels.Unembedding;
import org.kindling.model.LanguageModel;
import org.kindling.model.MemoryEstimate;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;

/**
 * GPT-2 with hand-written forward and backward passes; every activation is allocated by the
 * constructor. Losses without gradients, logits and generation are in float32 whatever the kernels'
 * precision. Deterministic. Not thread-safe: one instance and its {@link Kernels} per worker.
 *
 * <pre>{@code
 * try (Kernels kernels = Kernels.named("auto");
 *     Transformer model = new Transformer(ModelSettings.DEFAULTS, 65, 12, kernels)) {
 *   model.initialize(1);
 *   model.loss(batch); // about ln 65 = 4.17
 * }
 * }</pre>
 *
 * @see <a href="https://cdn.openai.com/better-language-models/language_models.pdf">Radford et al.
 *     2019</a>
 */
public final class Transformer implements LanguageModel {
  private final ModelSettings settings;
  private final int vocabulary;
  private final int maxSequences;
  private final Kernels kernels;
  private final TransformerParameters parameters;
  private final Embedding embedding;
  private final BlockStack stack;
  private final Memory memory;
  private final Unembedding unembedding;

  /** [rows, width] */
  private final Tensor dFinal;

  /** [rows, width] */
  private final Tensor dStream;

  /**
   * All parameters are zero until they are written or {@link #initialize}d.
   *
   * @param maxSequences largest batch; memory is allocated for it
   * @param kernels stay the caller's, who closes them after the model
   */
  public Transformer(ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    memory(settings, vocabulary, maxSequences, kernels);
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.maxSequences = maxSequences;
    this.kernels = kernels;
    Sequences largest = Sequences.whole(maxSequences, settings.context());
    long elements = (long) largest.rows() * settings.width();
    parameters = new TransformerParameters(layout(settings, vocabulary), settings, kernels);
    embedding = parameters.embedding();
    stack = new BlockStack(settings, parameters, largest, kernels);
    memory = new Memory(kernels);
    dFinal = memory.allocate(elements);
    dStream = memory.allocate(elements);
    unembedding = unembedding();
  }

  private static void checkSizes(int vocabulary, int maxSequences) {
    if (vocabulary < 1) {
      throw new IllegalArgumentException(
          "model: expected a vocabulary of at least 1 token, found " + vocabulary);
    }
    if (maxSequences < 1) {
      throw new IllegalArgumentException(
          "model: expected a batch of at least 1 sequence, found " + maxSequences);
    }
  }

  private Unembedding unembedding() {
    Tensor scratch = memory.allocate(kernels.unembeddingScratch(vocabulary));
    return new Unembedding(
        vocabulary, settings.width(), parameters.unembedding(settings.tied()), scratch);
  }

  /**
   * What such a model and its optimizer take; allocates nothing.
   *
   * @throws IllegalArgumentException if the kernels have no tensors that long
   */
  public static MemoryEstimate memory(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    checkSizes(vocabulary, maxSequences);
    return new TransformerMemory(settings, maxSequences, kernels).estimate(vocabulary);
  }

  /** The layout of such a model; allocates no tensors. */
  public static ParameterLayout layout(ModelSettings settings, int vocabulary) {
    return TensorNames.layout(settings, vocabulary);
  }

  @Override
  public ModelSettings settings() {
    return settings;
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public ParameterLayout layout() {
    return parameters.layout;
  }

  @Override
  public Tensor parameters() {
    return parameters.values;
  }

  @Override
  public Tensor gradients() {
    return parameters.gradients;
  }

  @Override
  public void initialize(long seed) {
    RandomStart.write(parameters.layout, settings.layers(), seed, parameters.values);
  }

  @Override
  public double loss(TokenBatch batch) {
    Sequences sequences = check(batch);
    evaluate(sequences, batch.inputs());
    int rows = sequences.rows();
    double sum = kernels.exact().crossEntropy(unembedding, rows, stack.output(), batch.targets());
    return sum / rows;
  }

  @Override
  public double lossAndGradient(TokenBatch batch, float scale) {
    Sequences sequences = check(batch);
    kernels.embed(embedding, sequences, batch.inputs(), stack.input());
    stack.forward(sequences);
    int rows = sequences.rows();
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), scale / rows);
    double loss = kernels.crossEntropyBackward(unembedding, rows, stack.output(), targets, dFinal);
    stack.backward(sequences, dFinal, dStream);
    kernels.embedBackward(embedding, sequences, batch.inputs(), dStream);
    return loss / rows;
  }

  /**
   * Logits of every position of short sequences, all at once: for inspection and tests.
   *
   * @param ids [count, length]
   * @return [count, length, vocabulary]
   */
  public float[] logits(int count, int length, int[] ids) {
    Sequences sequences = check(new TokenBatch(count, length, ids, ids));
    evaluate(sequences, ids);
    float[] logits = new float[Math.multiplyExact(sequences.rows(), vocabulary)];
    try (Tensor tensor = kernels.allocate(logits.length)) {
      kernels.exact().logits(unembedding, sequences.rows(), stack.output(), tensor);
      tensor.read(0, logits, 0, logits.length);
    }
    return logits;
  }

  private void evaluate(Sequences sequences, int[] inputs) {
    kernels.exact().embed(embedding, sequences, inputs, stack.input());
    stack.evaluate(sequences);
  }

  private Sequences check(TokenBatch batch) {
    if (batch.sequences() > maxSequences) {
      throw new IllegalArgumentException(
          "batch: "
              + batch.sequences()
              + " sequences, but the model was made for at most "
              + maxSequences);
    }
    if (batch.length() > settings.context()) {
      throw new IllegalArgumentException(
          "batch: sequences of "
              + batch.length()
              + " tokens, but model.context is "
              + settings.context());
    }
    checkIds("input", batch.inputs(), batch.tokens(), vocabulary);
    checkIds("target", batch.targets(), batch.tokens(), vocabulary);
    return Sequences.whole(batch.sequences(), batch.length());
  }

  static void checkIds(String role, int[] ids, int count, int vocabulary) {
    for (int i = 0; i < count; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw new IllegalArgumentException(
            String.format(
                "%s token %d: id %d is outside the vocabulary, expected 0 to %d; was the text"
                    + " encoded with another tokenizer?",
                role, i, ids[i], vocabulary - 1));
      }
    }
  }

  @Override
  public Decoder decoder() {
    return new TransformerDecoder(settings, vocabulary, kernels.exact(), parameters);
  }

  @Override
  public void close() {
    stack.close();
    memory.close();
    parameters.close();
  }
}
