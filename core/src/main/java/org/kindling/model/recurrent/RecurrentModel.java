package org.kindling.model.recurrent;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.Family;
import org.kindling.model.LanguageModel;
import org.kindling.model.LogSoftmax;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.SeparateDecoders;
import org.kindling.model.SequenceDecoder;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network of {@link Networks} as a language model. Recurrent ones learn by truncated
 * back-propagation through time: a batch is cut into segments of {@code truncation} tokens, each
 * starts from the state that the one before it ended with, and gradients stop at its beginning. A
 * batch starts from a state of zeros, so nothing is carried from call to call. Documents that a
 * batch keeps apart are rows of their own to the network, with segments that begin with the
 * document; otherwise the end of a text within a sequence is a token like any other, and forgetting
 * there is learned. Deterministic. Not thread-safe.
 *
 * @see <a href="https://doi.org/10.1162/neco.1990.2.4.490">Williams and Peng 1990</a>
 */
public final class RecurrentModel implements LanguageModel {
  private final ModelSettings settings;
  private final int vocabulary;
  private final int maxSequences;
  private final DataType type;
  private final ParameterLayout layout;
  private final Tensor parameters;
  private final Tensor gradients;
  private final FlatNetwork flat;
  private final MultiLayerNetwork network;

  /**
   * All parameters are zero until they are written or {@link #initialize}d.
   *
   * @param maxSequences largest batch
   * @param kernels hold the flat vectors; the network computes by ND4J
   */
  public RecurrentModel(ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    this(settings, vocabulary, maxSequences, kernels, DataType.FLOAT);
  }

  RecurrentModel(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels, DataType type) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.maxSequences = maxSequences;
    this.type = type;
    layout = layout(settings, vocabulary);
    parameters = kernels.allocate(layout.size());
    gradients = kernels.allocate(layout.size());
    flat = new FlatNetwork(layout, Networks.configuration(settings, vocabulary, type), type);
    network = flat.network();
  }

  /** The layout of such a model; allocates nothing. */
  public static ParameterLayout layout(ModelSettings settings, int vocabulary) {
    return RecurrentLayout.of(settings, vocabulary);
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
    return layout;
  }

  @Override
  public Tensor parameters() {
    return parameters;
  }

  @Override
  public Tensor gradients() {
    return gradients;
  }

  @Override
  public void initialize(long seed) {
    RecurrentInit.write(layout, seed, parameters);
  }

  @Override
  public WeightedLoss lossAndGradient(TokenBatch batch, float scale) {
    batch.check(settings.context(), maxSequences, vocabulary);
    flat.load(parameters);
    double nats = 0;
    for (TokenBatch rows : DocumentRows.of(batch, maxSequences)) {
      nats += pass(rows, scale);
    }
    return new WeightedLoss(nats, batch.weight());
  }

  /**
   * Forward and backward of sequences that are one text each; returns the weighted sum of losses.
   */
  private double pass(TokenBatch batch, float scale) {
    network.rnnClearPreviousState();
    int segment = segmentLength(batch.length());
    double nats = 0;
    INDArray sum = null;
    for (int from = 0; from < batch.length(); from += segment) {
      int to = Math.min(batch.length(), from + segment);
      network.setInput(flat.ids(batch.inputs(), batch.sequences(), batch.length(), from, to));
      network.setLabels(flat.ids(batch.targets(), batch.sequences(), batch.length(), from, to));
      WeightedCrossEntropy.set(network, batch, from, to);
      network.computeGradientAndScore();
      network.updateRnnStateWithTBPTTState();
      // DL4J's score is a mean over sequences of sums over time, its gradient the sum of both.
      nats += network.score() * batch.sequences();
      INDArray gradient = network.getFlattenedGradients();
      sum = sum == null ? gradient.dup() : sum.addi(gradient);
    }
    network.rnnClearPreviousState();
    flat.addGradients(sum, scale, gradients);
    return nats;
  }

  private int segmentLength(int length) {
    return settings.kind().has(Family.Key.TRUNCATION)
        ? Math.min(length, settings.truncation())
        : length;
  }

  @Override
  public WeightedLoss loss(TokenBatch batch) {
    batch.check(settings.context(), maxSequences, vocabulary);
    flat.load(parameters);
    double nats = 0;
    for (TokenBatch rows : DocumentRows.of(batch, maxSequences)) {
      nats += nats(rows);
    }
    return new WeightedLoss(nats, batch.weight());
  }

  /** Weighted sum of losses of sequences that are one text each. */
  private double nats(TokenBatch batch) {
    INDArray hidden = hidden(batch);
    double nats = 0;
    for (int row = 0; row < batch.sequences(); row++) {
      INDArray logits = output().logits(hidden, row);
      double[] values = logits.data().asDouble();
      for (int t = 0; t < batch.length(); t++) {
        int at = row * batch.length() + t;
        if (batch.weight(at) != 0) {
          int target = batch.targets()[at];
          nats += batch.weight(at) * LogSoftmax.nats(values, t * vocabulary, vocabulary, target);
        }
      }
    }
    return nats;
  }

  @Override
  public float[] logits(int count, int length, int[] ids) {
    TokenBatch batch = new TokenBatch(count, length, ids, ids);
    batch.check(settings.context(), maxSequences, vocabulary);
    flat.load(parameters);
    INDArray hidden = hidden(batch);
    float[] all = new float[Math.multiplyExact(batch.tokens(), vocabulary)];
    int perSequence = length * vocabulary;
    for (int row = 0; row < count; row++) {
      float[] values = output().logits(hidden, row).data().asFloat();
      System.arraycopy(values, 0, all, row * perSequence, perSequence);
    }
    return all;
  }

  private OutputLayer output() {
    return new OutputLayer(network);
  }

  /** [sequences, width, length], what the output layer sees. */
  private INDArray hidden(TokenBatch batch) {
    network.rnnClearPreviousState();
    INDArray ids = flat.ids(batch.inputs(), batch.sequences(), batch.length(), 0, batch.length());
    int lastHidden = network.getnLayers() - 2;
    return network.feedForwardToLayer(lastHidden, ids, false).get(lastHidden + 1);
  }

  @Override
  public double[] inputGradientNorms(TokenBatch batch) {
    batch.check(settings.context(), maxSequences, vocabulary);
    flat.load(parameters);
    return InputGradient.norms(settings, vocabulary, network, flat, batch);
  }

  @Override
  public Decoder decoder(int sequences) {
    return new SeparateDecoders(sequences, this::sequenceDecoder);
  }

  private SequenceDecoder sequenceDecoder() {
    FlatNetwork own =
        new FlatNetwork(layout, Networks.configuration(settings, vocabulary, type), type);
    own.load(parameters);
    return settings.kind().has(Family.Key.TRUNCATION)
        ? new StateDecoder(own, vocabulary)
        : new WindowDecoder(own, settings, vocabulary);
  }

  @Override
  public void close() {
    parameters.close();
    gradients.close();
    network.close();
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
  }
}
