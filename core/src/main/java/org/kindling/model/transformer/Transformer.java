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
import org.kindling.model.SeparateDecoders;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;

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
  public WeightedLoss loss(TokenBatch batch) {
    Sequences sequences = check(batch);
    evaluate(sequences, batch.inputs());
    int rows = sequences.rows();
    double sum = kernels.exact().crossEntropy(unembedding, rows, stack.output(), batch.targets());
    return new WeightedLoss(sum, rows);
  }

  @Override
  public WeightedLoss lossAndGradient(TokenBatch batch, float scale) {
    Sequences sequences = check(batch);
    kernels.embed(embedding, sequences, batch.inputs(), stack.input());
    stack.forward(sequences);
    int rows = sequences.rows();
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), scale);
    double loss = kernels.crossEntropyBackward(unembedding, rows, stack.output(), targets, dFinal);
    stack.backward(sequences, dFinal, dStream);
    kernels.embedBackward(embedding, sequences, batch.inputs(), dStream);
    return new WeightedLoss(loss, rows);
  }

  @Override
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

  @Override
  public double[] inputGradientNorms(TokenBatch batch) {
    Sequences sequences = check(batch);
    kernels.embed(embedding, sequences, batch.inputs(), stack.input());
    stack.forward(sequences);
    int rows = sequences.rows();
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), 1);
    kernels.crossEntropyBackward(unembedding, rows, stack.output(), targets, dFinal);
    keepLast(batch, dFinal);
    stack.backward(sequences, dFinal, dStream);
    kernels.embedBackward(embedding, sequences, batch.inputs(), dStream);
    double[] norms = new double[rows];
    float[] row = new float[settings.width()];
    for (int r = 0; r < rows; r++) {
      dStream.read((long) r * row.length, row, 0, row.length);
      double squares = 0;
      for (float g : row) {
        squares += (double) g * g;
      }
      norms[r] = Math.sqrt(squares);
    }
    return norms;
  }

  /** Zeros the gradient of every prediction but each sequence's last. */
  private void keepLast(TokenBatch batch, Tensor d) {
    int width = settings.width();
    float[] zeros = new float[(batch.length() - 1) * width];
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      d.write((long) sequence * batch.length() * width, zeros, 0, zeros.length);
    }
  }

  private Sequences check(TokenBatch batch) {
    batch.check(settings.context(), maxSequences, vocabulary);
    return Sequences.whole(batch.sequences(), batch.length());
  }

  @Override
  public Decoder decoder(int sequences) {
    return new SeparateDecoders(
        sequences, () -> new TransformerDecoder(settings, vocabulary, kernels.exact(), parameters));
  }

  @Override
  public void close() {
    stack.close();
    memory.close();
    parameters.close();
  }
}
