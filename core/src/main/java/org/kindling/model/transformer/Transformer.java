package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.LayerNorm;
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
  /** Kernels and their walk through a block; both passes work on the same activations. */
  private record Pass(Kernels kernels, BlockPass block) {}

  private final ModelSettings settings;
  private final int vocabulary;
  private final int maxSequences;
  private final Kernels kernels;
  private final Heads heads;
  private final TransformerParameters parameters;
  private final Memory memory;
  private final Pass training;
  private final Pass evaluation;
  private final List<BlockActivations> activations;
  private final LayerNorm.Activations finalNorm;
  private final Unembedding unembedding;

  /** [rows, width], what a block adds to the residual stream. */
  private final Tensor branch;

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
    this.heads = new Heads(settings.heads(), settings.width() / settings.heads());
    Sequences largest = Sequences.whole(maxSequences, settings.context());
    long elements = (long) largest.rows() * settings.width();
    parameters = new TransformerParameters(settings, vocabulary, kernels);
    memory = new Memory(kernels);
    training = new Pass(kernels, new BlockPass(kernels, heads, largest.rows()));
    evaluation = new Pass(kernels.exact(), new BlockPass(kernels.exact(), heads, 0));
    activations = new ArrayList<>();
    for (int layer = 0; layer < settings.layers(); layer++) {
      activations.add(memory.block(settings, largest));
    }
    finalNorm = memory.norm(largest.rows(), settings.width());
    branch = memory.allocate(elements);
    dFinal = memory.allocate(elements);
    dStream = memory.allocate(elements);
    unembedding = unembedding(memory);
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

  private Unembedding unembedding(Memory owner) {
    Tensor scratch = owner.allocate(kernels.unembeddingScratch(vocabulary));
    return new Unembedding(vocabulary, settings.width(), parameters.unembedding, scratch);
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
    forward(evaluation, sequences, batch.inputs());
    int rows = sequences.rows();
    double sum =
        kernels.exact().crossEntropy(unembedding, rows, finalNorm.output(), batch.targets());
    return sum / rows;
  }

  @Override
  public double lossAndGradient(TokenBatch batch, float scale) {
    Sequences sequences = check(batch);
    forward(training, sequences, batch.inputs());
    int rows = sequences.rows();
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), scale / rows);
    double loss =
        kernels.crossEntropyBackward(unembedding, rows, finalNorm.output(), targets, dFinal);
    backward(sequences, batch.inputs());
    return loss / rows;
  }

  @Override
  public float[] logits(int count, int length, int[] ids) {
    Sequences sequences = check(new TokenBatch(count, length, ids, ids));
    forward(evaluation, sequences, ids);
    float[] logits = new float[Math.multiplyExact(sequences.rows(), vocabulary)];
    try (Tensor tensor = kernels.allocate(logits.length)) {
      kernels.exact().logits(unembedding, sequences.rows(), finalNorm.output(), tensor);
      tensor.read(0, logits, 0, logits.length);
    }
    return logits;
  }

  private void forward(Pass pass, Sequences sequences, int[] inputs) {
    int rows = sequences.rows();
    LayerNorm.Activations norm = activations.get(0).attentionNorm();
    pass.kernels().embed(parameters.embedding, sequences, inputs, norm.input());
    pass.kernels().normalize(parameters.blocks.get(0).attentionNorm(), rows, norm);
    for (int layer = 0; layer < settings.layers(); layer++) {
      BlockActivations a = activations.get(layer);
      pass.block().forward(parameters.blocks.get(layer), sequences, a, branch);
      Tensor stream = a.mlpNorm().input();
      pass.kernels().addAndNormalize(nextNorm(layer), rows, stream, branch, nextActivations(layer));
    }
  }

  private LayerNorm nextNorm(int layer) {
    return layer + 1 < settings.layers()
        ? parameters.blocks.get(layer + 1).attentionNorm()
        : parameters.finalNorm;
  }

  private LayerNorm.Activations nextActivations(int layer) {
    return layer + 1 < settings.layers() ? activations.get(layer + 1).attentionNorm() : finalNorm;
  }

  @Override
  public double[] inputGradientNorms(TokenBatch batch) {
    Sequences sequences = check(batch);
    forward(training, sequences, batch.inputs());
    int rows = sequences.rows();
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), 1);
    kernels.crossEntropyBackward(unembedding, rows, finalNorm.output(), targets, dFinal);
    keepLast(batch, dFinal);
    backward(sequences, batch.inputs());
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

  private void backward(Sequences sequences, int[] inputs) {
    int rows = sequences.rows();
    dStream.clear();
    kernels.normalizeBackward(parameters.finalNorm, rows, finalNorm, dFinal, dStream);
    for (int layer = settings.layers() - 1; layer >= 0; layer--) {
      training
          .block()
          .backward(parameters.blocks.get(layer), sequences, activations.get(layer), dStream);
    }
    kernels.embedBackward(parameters.embedding, sequences, inputs, dStream);
  }

  private Sequences check(TokenBatch batch) {
    batch.check(settings.context(), maxSequences, vocabulary);
    return Sequences.whole(batch.sequences(), batch.length());
  }

  @Override
  public Decoder decoder() {
    return new TransformerDecoder(settings, vocabulary, kernels.exact(), parameters);
  }

  @Override
  public void close() {
    training.block().close();
    evaluation.block().close();
    memory.close();
    parameters.close();
  }
}
