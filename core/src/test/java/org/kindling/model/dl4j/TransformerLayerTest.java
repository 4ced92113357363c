package org.kindling.model.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;
import org.kindling.model.transformer.Transformer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class TransformerLayerTest {
  private static final int VOCABULARY = 7;
  private static final int WIDTH = 4;
  private static final int CONTEXT = 5;
  private static final ModelSettings MODEL =
      new ModelSettings("transformer", 2, 2, WIDTH, CONTEXT, false);

  private static NeuralNetConfiguration.Builder builder(DataType type) {
    return new NeuralNetConfiguration.Builder().seed(7).dataType(type);
  }

  private static MultiLayerConfiguration network(NeuralNetConfiguration.Builder builder) {
    return builder
        .list()
        .layer(
            new EmbeddingSequenceLayer.Builder()
                .nIn(VOCABULARY)
                .nOut(WIDTH)
                .hasBias(false)
                .inferInputLength(true)
                .build())
        .layer(
            new TransformerLayer.Builder().nIn(WIDTH).layers(2).heads(2).context(CONTEXT).build())
        .layer(
            new RnnOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(WIDTH)
                .nOut(VOCABULARY)
                .hasBias(false)
                .dataFormat(RNNFormat.NCW)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  private static MultiLayerConfiguration languageModel(NeuralNetConfiguration.Builder builder) {
    return builder
        .list()
        .layer(new LanguageModelLayer.Builder().model(MODEL).vocabulary(VOCABULARY).build())
        .build();
  }

  private static MultiLayerNetwork open(MultiLayerConfiguration configuration) {
    MultiLayerNetwork network = new MultiLayerNetwork(configuration);
    network.init();
    return network;
  }

  private static int[][] ids(int sequences, int length, long seed) {
    Random random = new Random(seed);
    int[][] ids = new int[sequences][length];
    for (int[] row : ids) {
      for (int t = 0; t < length; t++) {
        row[t] = random.nextInt(VOCABULARY);
      }
    }
    return ids;
  }

  private static INDArray features(int[][] ids, DataType type) {
    return Nd4j.createFromArray(ids).castTo(type);
  }

  private static INDArray oneHot(int[][] ids, DataType type) {
    INDArray labels = Nd4j.zeros(type, ids.length, VOCABULARY, ids[0].length);
    for (int b = 0; b < ids.length; b++) {
      for (int t = 0; t < ids[b].length; t++) {
        labels.putScalar(b, ids[b][t], t, 1);
      }
    }
    return labels;
  }

  /** Gains, biases and positions away from their start, where some gradients are all but zero. */
  private static void perturb(MultiLayerNetwork network) {
    network.params().addi(Nd4j.randn(network.params().shape()).castTo(DataType.DOUBLE).muli(0.3));
  }

  @ParameterizedTest
  @ValueSource(ints = {CONTEXT, 3})
  void passesTheGradientCheckOfDl4j(int length) {
    MultiLayerNetwork network = open(network(builder(DataType.DOUBLE).updater(new NoOp())));
    INDArray labels = oneHot(ids(2, length, 2), DataType.DOUBLE);
    assertThat(check(network, features(ids(2, length, 1), DataType.DOUBLE), labels)).isTrue();
  }

  @Test
  void wholeModelPassesTheGradientCheckOfDl4j() {
    MultiLayerNetwork network = open(languageModel(builder(DataType.DOUBLE).updater(new NoOp())));
    INDArray labels = features(ids(3, CONTEXT, 2), DataType.DOUBLE);
    assertThat(check(network, features(ids(3, CONTEXT, 1), DataType.DOUBLE), labels)).isTrue();
  }

  private static boolean check(MultiLayerNetwork network, INDArray input, INDArray labels) {
    DataType before = Nd4j.dataType();
    // DL4J's check asks for it.
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      perturb(network);
      return GradientCheckUtil.checkGradients(
          new GradientCheckUtil.MLNConfig()
              .net(network)
              .epsilon(1e-6)
              .maxRelError(1e-5)
              .minAbsoluteError(1e-8)
              .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
              .input(input)
              .labels(labels));
    } finally {
      Nd4j.setDefaultDataTypes(before, before);
    }
  }

  /** The check would find a gradient that is wrong. */
  @Test
  void gradientCheckSeesAWrongGradient() {
    MultiLayerNetwork network = open(languageModel(builder(DataType.DOUBLE).updater(new NoOp())));
    perturb(network);
    INDArray input = features(ids(1, CONTEXT, 1), DataType.DOUBLE);
    network.setInput(input);
    network.setLabels(features(ids(1, CONTEXT, 2), DataType.DOUBLE));
    network.computeGradientAndScore();
    double analytic = network.gradient().gradient().getDouble(0, 20);
    double before = network.score();
    network.params().putScalar(0, 20, network.params().getDouble(0, 20) + 1e-6);
    network.computeGradientAndScore();
    assertThat((network.score() - before) / 1e-6).isCloseTo(analytic, within(1e-5));
    assertThat(Math.abs(analytic)).isGreaterThan(1e-4);
  }

  @Test
  void sameParametersGiveTheLossOfKindlingsOwnModel() {
    int[][] inputs = ids(3, CONTEXT, 3);
    int[][] targets = ids(3, CONTEXT, 4);
    MultiLayerNetwork composed = open(network(builder(DataType.FLOAT).updater(new Adam(1e-3))));
    MultiLayerNetwork whole = open(languageModel(builder(DataType.FLOAT).updater(new Adam(1e-3))));
    try (Kernels kernels = Kernels.named("auto");
        Transformer model = new Transformer(MODEL, VOCABULARY, 3, kernels)) {
      model.initialize(11);
      copy(model, whole);
      copyInto(model, composed);
      double expected = model.loss(batch(inputs, targets)).mean();
      DataSet ids =
          new DataSet(features(inputs, DataType.FLOAT), features(targets, DataType.FLOAT));
      assertThat(whole.score(ids)).isCloseTo(expected, within(1e-6));
      // DL4J's output layers add up over time.
      DataSet hot = new DataSet(features(inputs, DataType.FLOAT), oneHot(targets, DataType.FLOAT));
      assertThat(composed.score(hot) / CONTEXT).isCloseTo(expected, within(1e-5));
    }
  }

  private static TokenBatch batch(int[][] inputs, int[][] targets) {
    return new TokenBatch(
        inputs.length,
        CONTEXT,
        java.util.Arrays.stream(inputs).flatMapToInt(java.util.Arrays::stream).toArray(),
        java.util.Arrays.stream(targets).flatMapToInt(java.util.Arrays::stream).toArray());
  }

  private static INDArray tensor(Transformer model, ParameterLayout.Entry entry) {
    float[] values = new float[(int) entry.elements()];
    model.parameters().read(entry.offset(), values, 0, values.length);
    return Nd4j.createFromArray(values)
        .reshape('c', entry.shape().stream().mapToLong(Integer::longValue).toArray());
  }

  private static void copy(Transformer model, MultiLayerNetwork network) {
    for (ParameterLayout.Entry entry : model.layout().entries()) {
      network.getLayer(0).getParam(LaidOutParameters.key(entry)).assign(tensor(model, entry));
    }
  }

  private static void copyInto(Transformer model, MultiLayerNetwork network) {
    for (ParameterLayout.Entry entry : model.layout().entries()) {
      INDArray value = tensor(model, entry);
      switch (entry.name()) {
        case "transformer.wte.weight" -> network.getLayer(0).getParam("W").assign(value);
        case "lm_head.weight" -> network.getLayer(2).getParam("W").assign(value.transpose());
        default -> network.getLayer(1).getParam(LaidOutParameters.key(entry)).assign(value);
      }
    }
  }

  @Test
  void configurationsSurviveJson() {
    for (MultiLayerConfiguration configuration :
        new MultiLayerConfiguration[] {
          network(builder(DataType.FLOAT).updater(new Adam(1e-3))),
          languageModel(builder(DataType.FLOAT).updater(new Adam(1e-3)))
        }) {
      MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(configuration.toJson());
      assertThat(read).isEqualTo(configuration);
      assertThat(read.toJson()).isEqualTo(configuration.toJson());
    }
  }

  @Test
  void savedNetworkIsTheSame() throws IOException {
    int[][] inputs = ids(2, CONTEXT, 5);
    MultiLayerNetwork network = open(network(builder(DataType.FLOAT).updater(new Adam(3e-2))));
    DataSet data =
        new DataSet(features(inputs, DataType.FLOAT), oneHot(ids(2, CONTEXT, 6), DataType.FLOAT));
    double before = network.score(data);
    for (int i = 0; i < 60; i++) {
      network.fit(data);
    }
    assertThat(network.score(data)).isLessThan(0.8 * before);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ModelSerializer.writeModel(network, bytes, true);
    MultiLayerNetwork read =
        ModelSerializer.restoreMultiLayerNetwork(
            new ByteArrayInputStream(bytes.toByteArray()), true);
    assertThat(read.params()).isEqualTo(network.params());
    assertThat(read.getUpdater().getStateViewArray())
        .isEqualTo(network.getUpdater().getStateViewArray());
    read.fit(data);
    network.fit(data);
    assertThat(read.params()).isEqualTo(network.params());
  }

  @Test
  void trainsInAComputationGraph() {
    ComputationGraph graph =
        open(network(builder(DataType.FLOAT).updater(new Adam(3e-2)))).toComputationGraph();
    DataSet data =
        new DataSet(
            features(ids(2, CONTEXT, 5), DataType.FLOAT),
            oneHot(ids(2, CONTEXT, 6), DataType.FLOAT));
    double before = graph.score(data);
    for (int i = 0; i < 60; i++) {
      graph.fit(data);
    }
    assertThat(graph.score(data)).isLessThan(0.8 * before);
  }

  @Test
  void outputsAreProbabilitiesOfTheSameTokens() {
    MultiLayerNetwork network = open(languageModel(builder(DataType.FLOAT).updater(new NoOp())));
    INDArray output = network.output(features(ids(2, 4, 5), DataType.FLOAT));
    assertThat(output.shape()).containsExactly(2, VOCABULARY, 4);
    assertThat(output.sum(1).toFloatMatrix()[1][3]).isCloseTo(1f, within(1e-5f));
  }

  @Test
  void infersItsWidth() {
    MultiLayerConfiguration configuration =
        builder(DataType.FLOAT)
            .list()
            .layer(new TransformerLayer.Builder().layers(1).heads(2).context(CONTEXT).build())
            .layer(
                new RnnOutputLayer.Builder(LossFunctions.LossFunction.MSE)
                    .nOut(3)
                    .activation(Activation.IDENTITY)
                    .build())
            .setInputType(InputType.recurrent(WIDTH, CONTEXT))
            .build();
    assertThat(open(configuration).output(Nd4j.rand(2, WIDTH, CONTEXT)).shape())
        .containsExactly(2, 3, CONTEXT);
  }

  @Test
  void refusesWhatItCannotCompute() {
    MultiLayerNetwork network = open(network(builder(DataType.FLOAT).updater(new NoOp())));
    assertThatThrownBy(() -> network.output(features(ids(1, CONTEXT + 1, 5), DataType.FLOAT)))
        .hasMessageContaining("6 time steps, the layer was made for at most 5");
    INDArray mask = Nd4j.createFromArray(new float[][] {{0, 1, 1, 1, 1}});
    assertThatThrownBy(
            () -> network.output(features(ids(1, CONTEXT, 5), DataType.FLOAT), false, mask, mask))
        .hasMessageContaining("pad sequences at their ends");
    assertThatThrownBy(() -> open(network(builder(DataType.HALF).updater(new NoOp()))))
        .hasMessageContaining("dataType HALF, expected FLOAT or DOUBLE");
    assertThatThrownBy(() -> new TransformerLayer.Builder().nIn(4).heads(3).build())
        .hasMessageContaining("3 does not divide");
  }

  /** What comes after the end of a padded sequence changes nothing before it. */
  @Test
  void maskedStepsDoNotMatter() {
    MultiLayerNetwork network = open(network(builder(DataType.FLOAT).updater(new NoOp())));
    INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 1, 0, 0}});
    INDArray labels = oneHot(ids(1, CONTEXT, 6), DataType.FLOAT);
    int[][] one = {{1, 2, 3, 4, 5}};
    int[][] other = {{1, 2, 3, 0, 6}};
    double score = network.score(new DataSet(features(one, DataType.FLOAT), labels, mask, mask));
    assertThat(network.score(new DataSet(features(other, DataType.FLOAT), labels, mask, mask)))
        .isEqualTo(score);
  }
}
