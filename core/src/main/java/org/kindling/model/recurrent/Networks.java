package org.kindling.model.recurrent;

import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * The families as DL4J networks. Input and labels are [sequences, 1, length] token ids, the output
 * is [sequences, vocabulary, length] probabilities.
 *
 * <pre>
 * mlp            x_t = E[w_t]          h_t = tanh(W·[x_{t−n+1}; …; x_t] + b)        Bengio et al. 2003
 * rnn            h_t = tanh(W·x_t + U·h_{t−1} + b)                                   Elman 1990
 * lstm           i, f, o = σ(…), g = tanh(…), c_t = f·c_{t−1} + i·g, h_t = o·tanh(c_t)
 *                                                          Hochreiter and Schmidhuber 1997
 * rnn-attention  an lstm, then h̃_t = tanh(W·[Σ_{s≤t} a_ts·h_s; h_t] + b)
 *                with a_t = softmax_s(h_tᵀ·A·h_s)                       Luong et al. 2015, "general"
 * all            p(w_{t+1}) = softmax(V·h_t + b)
 * </pre>
 *
 * @see <a href="https://www.jmlr.org/papers/v3/bengio03a.html">Bengio et al. 2003</a>
 * @see <a href="https://doi.org/10.1207/s15516709cog1402_1">Elman 1990</a>
 * @see <a href="https://doi.org/10.1162/neco.1997.9.8.1735">Hochreiter and Schmidhuber 1997</a>
 * @see <a href="https://arxiv.org/abs/1508.04025">Luong et al. 2015</a>
 */
public final class Networks {
  private Networks() {}

  /**
   * The network of a family in float32, without an updater: whoever trains it brings one.
   *
   * @throws IllegalArgumentException for a family that is no DL4J network
   */
  public static MultiLayerConfiguration configuration(ModelSettings settings, int vocabulary) {
    return configuration(settings, vocabulary, DataType.FLOAT);
  }

  static MultiLayerConfiguration configuration(
      ModelSettings settings, int vocabulary, DataType type) {
    NeuralNetConfiguration.ListBuilder layers = list(type);
    layers.layer(
        new EmbeddingSequenceLayer.Builder()
            .name("embedding")
            .nIn(vocabulary)
            .nOut(settings.width())
            .inferInputLength(true)
            .hasBias(false)
            .activation(Activation.IDENTITY)
            .outputDataFormat(RNNFormat.NCW)
            .build());
    addAboveEmbedding(layers, settings, vocabulary);
    if (settings.kind().has(Family.Key.TRUNCATION)) {
      layers.backpropType(BackpropType.TruncatedBPTT).tBPTTLength(settings.truncation());
    }
    return layers.build();
  }

  /**
   * The same network from the vectors of tokens on, [sequences, width, length], and with gradients
   * through all of the sequence: to ask for gradients with respect to those vectors.
   */
  static MultiLayerConfiguration withoutEmbedding(
      ModelSettings settings, int vocabulary, DataType type) {
    NeuralNetConfiguration.ListBuilder layers = list(type);
    addAboveEmbedding(layers, settings, vocabulary);
    return layers.build();
  }

  private static NeuralNetConfiguration.ListBuilder list(DataType type) {
    return new NeuralNetConfiguration.Builder().updater(new NoOp()).dataType(type).list();
  }

  private static void addAboveEmbedding(
      NeuralNetConfiguration.ListBuilder layers, ModelSettings settings, int vocabulary) {
    int width = settings.width();
    int last = width;
    switch (settings.kind()) {
      case MLP -> {
        layers.layer(window(settings));
        last = settings.hidden();
      }
      case RNN, LSTM -> {
        for (int i = 0; i < settings.layers(); i++) {
          layers.layer(settings.kind() == Family.RNN ? elman(i, width) : lstm(i, width));
        }
      }
      case RNN_ATTENTION -> {
        for (int i = 0; i < settings.layers(); i++) {
          layers.layer(lstm(i, width));
        }
        layers.layer(new StateAttention(width));
      }
      default ->
          throw new IllegalArgumentException(
              "model.family: " + settings.family() + " is no network of DL4J's layers");
    }
    layers.layer(
        new RnnOutputLayer.Builder(LossFunction.SPARSE_MCXENT)
            .name("output")
            .nIn(last)
            .nOut(vocabulary)
            .activation(Activation.SOFTMAX)
            .dataFormat(RNNFormat.NCW)
            .build());
  }

  /** Concatenated vectors times a matrix are a convolution that looks at the past alone. */
  private static Layer window(ModelSettings settings) {
    return new Convolution1DLayer.Builder()
        .name("hidden")
        .nIn(settings.width())
        .nOut(settings.hidden())
        .kernelSize(settings.window())
        .convolutionMode(ConvolutionMode.Causal)
        .activation(Activation.TANH)
        .rnnDataFormat(RNNFormat.NCW)
        .build();
  }

  private static Layer elman(int index, int width) {
    return new SimpleRnn.Builder()
        .name("rnn." + index)
        .nIn(width)
        .nOut(width)
        .activation(Activation.TANH)
        .dataFormat(RNNFormat.NCW)
        .build();
  }

  private static Layer lstm(int index, int width) {
    return new LSTM.Builder()
        .name("lstm." + index)
        .nIn(width)
        .nOut(width)
        .activation(Activation.TANH)
        .dataFormat(RNNFormat.NCW)
        .build();
  }
}
