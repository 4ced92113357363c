package org.kindling.model.dl4j;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Learns to say the last half of a sequence as the first half backwards. */
public final class ReversedWords {
  static final int SYMBOLS = 5;
  static final int LENGTH = 8;

  static MultiLayerNetwork network() {
    MultiLayerConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new Adam(3e-3))
            .list()
            .layer(new EmbeddingSequenceLayer.Builder().nIn(SYMBOLS).nOut(32).build())
            .layer(
                new TransformerLayer.Builder().nIn(32).layers(2).heads(4).context(LENGTH).build())
            .layer(
                new RnnOutputLayer.Builder(LossFunction.MCXENT)
                    .nIn(32)
                    .nOut(SYMBOLS)
                    .activation(Activation.SOFTMAX)
                    .dataFormat(RNNFormat.NCW)
                    .build())
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(configuration);
    network.init();
    return network;
  }

  static DataSet examples(int count) {
    INDArray inputs = Nd4j.create(DataType.FLOAT, count, LENGTH);
    INDArray labels = Nd4j.create(DataType.FLOAT, count, SYMBOLS, LENGTH);
    INDArray counted = Nd4j.create(DataType.FLOAT, count, LENGTH);
    for (int e = 0; e < count; e++) {
      for (int t = 0; t < LENGTH; t++) {
        boolean given = t < LENGTH / 2;
        int symbol = given ? Nd4j.getRandom().nextInt(SYMBOLS) : inputs.getInt(e, LENGTH - 1 - t);
        inputs.putScalar(e, t, symbol);
        if (t > 0) {
          labels.putScalar(e, symbol, t - 1, 1);
          counted.putScalar(e, t - 1, given ? 0 : 1);
        }
      }
    }
    return new DataSet(inputs, labels, null, counted);
  }

  public static void main(String[] arguments) {
    Nd4j.getRandom().setSeed(1);
    MultiLayerNetwork network = network();
    for (int step = 0; step <= 400; step++) {
      DataSet batch = examples(32);
      network.fit(batch);
      if (step % 100 == 0) {
        System.out.println("step " + step + ", loss " + network.score(batch));
      }
    }
  }
}
