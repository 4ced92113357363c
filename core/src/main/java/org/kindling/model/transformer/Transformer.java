package org.kindling.model.transformer;

import org.kindling.kernels.Arena;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OutputHead;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.MemoryEstimate;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;

/**
 * A transformer of the parts that its settings name: input, body and lm_head, with hand-written
 * forward and backward passes; every activation is allocated by the constructor. Losses without
 * gradients, logits and generation are in float32 whatever the kernels' precision. Deterministic.
 * Not thread-safe: one instance and its {@link Kernels} per worker.
 *
 * <pre>{@code
 * try (Kernels kernels = Kernels.named("auto");
 *     Transformer model = new Transformer(ModelSettings.DEFAULTS, 65, 12, kernels)) {
 *   model.initialize(1);
 *   model.loss(batch).mean(); // about ln 65 = 4.17
 * }
 * }</pre>
 */
public final class Transformer implements LanguageModel {
  private final ModelSettings settings;
  private final int vocabulary;
  private final int maxSequences;
  private final Kernels kernels;
  private final Arena arena;
  private final ParameterVectors vectors;
  private final Embedding embedding;
  private final Body body;
  private final OutputHead head;

  /** [rows, width]; null if the model learns nothing. */
  private final Tensor dFinal;

  /** [rows, width]; null if the model learns nothing. */
  private final Tensor dStream;

  /**
   * All parameters are zero until they are written or {@link #initialize}d.
   *
   * @param maxSequences largest batch; memory is allocated for it
   * @param kernels stay the caller's, who closes them after the model
   */
  public Transformer(ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    this(settings, vocabulary, maxSequences, Activations.KEPT, Arena.allocating(kernels), kernels);
  }

  private Transformer(
      ModelSettings settings,
      int vocabulary,
      int maxSequences,
      Activations activations,
      Arena arena,
      Kernels kernels) {
    checkSizes(settings, vocabulary, maxSequences);
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.maxSequences = maxSequences;
    this.kernels = kernels;
    this.arena = arena;
    Sequences largest = Sequences.whole(maxSequences, settings.context());
    long elements = (long) largest.rows() * settings.width();
    vectors = new ParameterVectors(layout(settings, vocabulary), activations, arena);
    embedding = InputLayer.bind(settings, vectors, arena);
    body = new Body(settings, vectors, largest, activations, kernels, arena);
    boolean learns = activations != Activations.DISCARDED;
    dFinal = learns ? arena.take(Arena.Role.SHARED, elements) : null;
    dStream = learns ? arena.take(Arena.Role.RESIDUAL, elements) : null;
    long scratch = kernels.headScratch(vocabulary);
    arena.multiplies((long) vocabulary * settings.width(), elements, scratch);
    head = head(arena.take(Arena.Role.LOGITS, scratch));
  }

  /** As the constructor, with other than {@link Activations#KEPT}. */
  public static Transformer create(
      ModelSettings settings,
      int vocabulary,
      int maxSequences,
      Kernels kernels,
      Activations activations) {
    return new Transformer(
        settings, vocabulary, maxSequences, activations, Arena.allocating(kernels), kernels);
  }

  private static void checkSizes(ModelSettings settings, int vocabulary, int maxSequences) {
    if (vocabulary < 1) {
      throw new IllegalArgumentException(
          "model: expected a vocabulary of at least 1 token, found " + vocabulary);
    }
    if (maxSequences < 1) {
      throw new IllegalArgumentException(
          "model: expected a batch of at least 1 sequence, found " + maxSequences);
    }
    long rows = (long) maxSequences * settings.context();
    if (rows > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              "model: a batch would have %d positions, at most %d can be computed at once; use a"
                  + " smaller batch with more training.gradientAccumulation",
              rows, Integer.MAX_VALUE));
    }
  }

  private OutputHead head(Tensor scratch) {
    return new OutputHead(
        vocabulary,
        settings.width(),
        TransformerLayout.lmHead(settings, vectors),
        settings.softCap(),
        scratch);
  }

  /** What such a model and its optimizer take: its constructor run without allocating. */
  public static MemoryEstimate memory(
      ModelSettings settings,
      int vocabulary,
      int maxSequences,
      Kernels kernels,
      Activations activations) {
    Arena arena = Arena.counting(kernels);
    new Transformer(settings, vocabulary, maxSequences, activations, arena, kernels).close();
    return MemoryEstimate.of(arena);
  }

  /** The layout of such a model; allocates no tensors. */
  public static ParameterLayout layout(ModelSettings settings, int vocabulary) {
    return TransformerLayout.of(settings, vocabulary);
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
    return vectors.layout;
  }

  @Override
  public Tensor parameters() {
    return vectors.values;
  }

  @Override
  public Tensor gradients() {
    requireGradients();
    return vectors.gradients;
  }

  private void requireGradients() {
    if (vectors.gradients == null) {
      throw new IllegalStateException("model: was made to predict only, and has no gradients");
    }
  }

  @Override
  public void initialize(long seed) {
    vectors.initialize(seed);
  }

  @Override
  public WeightedLoss loss(TokenBatch batch) {
    Sequences sequences = check(batch);
    evaluate(sequences, batch.inputs());
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), batch.weights());
    double sum = kernels.fp32().crossEntropy(head, sequences.rows(), body.output(), targets);
    return new WeightedLoss(sum, batch.weight());
  }

  @Override
  public WeightedLoss lossAndGradient(TokenBatch batch, float scale) {
    requireGradients();
    Sequences sequences = check(batch);
    kernels.embed(embedding, sequences, batch.inputs(), body.input());
    body.forward(sequences);
    Kernels.Targets targets = new Kernels.Targets(batch.targets(), batch.weights());
    double sum =
        kernels.crossEntropyBackward(head, sequences.rows(), body.output(), targets, scale, dFinal);
    body.backward(sequences, dFinal, dStream);
    kernels.embedBackward(embedding, sequences, batch.inputs(), dStream);
    return new WeightedLoss(sum, batch.weight());
  }

  @Override
  public float[] logits(int count, int length, int[] ids) {
    Sequences sequences = check(new TokenBatch(count, length, ids, ids));
    evaluate(sequences, ids);
    float[] logits = new float[Math.multiplyExact(sequences.rows(), vocabulary)];
    try (Tensor tensor = kernels.allocate(logits.length)) {
      kernels.fp32().logits(head, sequences.rows(), body.output(), tensor);
      tensor.read(0, logits, 0, logits.length);
    }
    return logits;
  }

  private void evaluate(Sequences sequences, int[] inputs) {
    kernels.fp32().embed(embedding, sequences, inputs, body.input());
    body.evaluate(sequences);
  }

  @Override
  public double[] inputGradientNorms(TokenBatch batch) {
    requireGradients();
    float[] lastOnly = new float[batch.tokens()];
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      lastOnly[(sequence + 1) * batch.length() - 1] = 1;
    }
    lossAndGradient(
        new TokenBatch(
            batch.sequences(),
            batch.length(),
            batch.inputs(),
            batch.targets(),
            lastOnly,
            batch.documentStarts()),
        1);
    double[] norms = new double[batch.tokens()];
    float[] row = new float[settings.width()];
    for (int r = 0; r < norms.length; r++) {
      dStream.read((long) r * row.length, row, 0, row.length);
      double squares = 0;
      for (float g : row) {
        squares += (double) g * g;
      }
      norms[r] = Math.sqrt(squares);
    }
    return norms;
  }

  private Sequences check(TokenBatch batch) {
    batch.check(settings.context(), maxSequences, vocabulary);
    return Sequences.documents(batch.sequences(), batch.length(), batch.documentStarts());
  }

  @Override
  public Decoder decoder(int sequences) {
    TransformerDecoder.Parts parts = new TransformerDecoder.Parts(embedding, body, head);
    return TransformerDecoder.allocate(settings, sequences, parts, kernels.fp32());
  }

  @Override
  public void close() {
    arena.close();
  }
}
