package org.kindling.model.dl4j;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.kindling.kernels.ArrayCopies;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;
import org.kindling.model.transformer.Transformer;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Forward and backward of a {@link LanguageModelLayer}. Both are one call of the model, so nothing
 * is kept between DL4J's calls but the loss.
 */
final class LanguageModelPass extends BaseLayer<LanguageModelLayer> implements IOutputLayer {
  private static final long serialVersionUID = 1L;
  private static final Engines<Transformer> ENGINES = new Engines<>();

  private INDArray labels;

  /** Of the last backward pass; null once input, labels or parameters may have changed. */
  private Double loss;

  LanguageModelPass(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  /** What to do with a model that has this layer's parameters. */
  @FunctionalInterface
  private interface Use<T> {
    T with(Transformer model);
  }

  private <T> T use(Use<T> use) {
    LanguageModelLayer shape = layerConf();
    Engines.Engine<Transformer> engine =
        ENGINES.borrow(
            new Engines.Key(List.of(shape.settings(), shape.vocabulary()), dataType),
            Math.toIntExact(input.size(0)),
            (sequences, kernels) ->
                new Transformer(shape.settings(), shape.vocabulary(), sequences, kernels));
    try {
      for (ParameterLayout.Entry entry : shape.layout().entries()) {
        INDArray value = getParam(LaidOutParameters.key(entry));
        ArrayCopies.write(value, engine.model().parameters(), entry.offset());
      }
      return use.with(engine.model());
    } finally {
      ENGINES.giveBack(engine);
    }
  }

  private TokenBatch batch(INDArray targets) {
    if (targets == null) {
      throw new IllegalStateException(layerId() + ": no labels were set");
    }
    if (maskArray != null) {
      throw new IllegalArgumentException(
          layerId() + ": a LanguageModelLayer takes no masks; use TransformerLayer");
    }
    int[] inputs = ids(input);
    int[] following = ids(targets);
    if (inputs.length != following.length) {
      throw new IllegalArgumentException(
          layerId()
              + ": features "
              + Arrays.toString(input.shape())
              + " and labels "
              + Arrays.toString(targets.shape())
              + " differ, expected token ids [batch, time] both");
    }
    int sequences = Math.toIntExact(input.size(0));
    return new TokenBatch(sequences, inputs.length / sequences, inputs, following);
  }

  private static int[] ids(INDArray array) {
    return array.dup('c').castTo(DataType.INT).reshape(array.length()).toIntVector();
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    TokenBatch batch = batch(input);
    float[] logits = use(model -> model.logits(batch.sequences(), batch.length(), batch.inputs()));
    long[] shape = {batch.sequences(), batch.length(), layerConf().vocabulary()};
    INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, shape, 'c');
    INDArray scores = Nd4j.createFromArray(logits).reshape(batch.tokens(), shape[2]);
    output.assign(Transforms.softmax(scores).reshape(shape));
    return output.permute(0, 2, 1);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    TokenBatch batch = batch(labels);
    loss =
        use(
            model -> {
              model.gradients().clear();
              // DL4J divides what layers give by the number of examples.
              float scale = (float) batch.sequences() / batch.tokens();
              double mean = model.lossAndGradient(batch, scale).mean();
              LaidOutParameters.readAll(model.layout(), model.gradients(), gradientViews);
              return mean;
            });
    Gradient gradient = new DefaultGradient();
    gradientViews.forEach(gradient::setGradientFor);
    return new Pair<>(gradient, null);
  }

  @Override
  public double computeScore(
      double fullNetRegTerm, boolean training, LayerWorkspaceMgr workspaces) {
    Double computed = loss;
    loss = null;
    if (computed == null || !training) {
      TokenBatch batch = batch(labels);
      computed = use(model -> model.loss(batch).mean());
    }
    score = computed + fullNetRegTerm;
    return score;
  }

  @Override
  public INDArray computeScoreForExamples(double fullNetRegTerm, LayerWorkspaceMgr workspaces) {
    TokenBatch all = batch(labels);
    double[] scores = new double[all.sequences()];
    use(
        model -> {
          for (int b = 0; b < scores.length; b++) {
            int from = b * all.length();
            int[] inputs = Arrays.copyOfRange(all.inputs(), from, from + all.length());
            int[] targets = Arrays.copyOfRange(all.targets(), from, from + all.length());
            scores[b] = model.loss(new TokenBatch(1, all.length(), inputs, targets)).mean();
          }
          return null;
        });
    INDArray column = Nd4j.createFromArray(scores).castTo(dataType).reshape(scores.length, 1);
    return workspaces.leverageTo(ArrayType.ACTIVATIONS, column.addi(fullNetRegTerm));
  }

  @Override
  public void setInput(INDArray input, LayerWorkspaceMgr workspaces) {
    super.setInput(input, workspaces);
    loss = null;
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int minibatchSize) {
    this.maskArray = mask;
    return null;
  }

  @Override
  public boolean needsLabels() {
    return true;
  }

  @Override
  public void setLabels(INDArray labels) {
    this.labels = labels;
    loss = null;
  }

  @Override
  public INDArray getLabels() {
    return labels;
  }

  @Override
  public Layer.Type type() {
    return Layer.Type.RECURRENT;
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public int numLabels() {
    return layerConf().vocabulary();
  }

  @Override
  public double f1Score(DataSet data) {
    throw notAClassifier();
  }

  @Override
  public double f1Score(INDArray examples, INDArray labels) {
    throw notAClassifier();
  }

  @Override
  public int[] predict(INDArray examples) {
    throw notAClassifier();
  }

  @Override
  public List<String> predict(DataSet dataSet) {
    throw notAClassifier();
  }

  @Override
  public void fit(DataSetIterator iterator) {
    throw notAClassifier();
  }

  @Override
  public void fit(INDArray examples, INDArray labels) {
    throw notAClassifier();
  }

  @Override
  public void fit(DataSet data) {
    throw notAClassifier();
  }

  @Override
  public void fit(INDArray examples, int[] labels) {
    throw notAClassifier();
  }

  private static UnsupportedOperationException notAClassifier() {
    return new UnsupportedOperationException(
        "a LanguageModelLayer is part of a network; call the network's methods");
  }
}
