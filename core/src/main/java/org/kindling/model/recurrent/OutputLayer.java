package org.kindling.model.recurrent;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The last layer's logits: DL4J itself hands out probabilities, which underflow. */
final class OutputLayer {
  private final INDArray weight;
  private final INDArray bias;

  OutputLayer(MultiLayerNetwork network) {
    Layer layer = network.getOutputLayer();
    weight = layer.getParam(DefaultParamInitializer.WEIGHT_KEY);
    bias = layer.getParam(DefaultParamInitializer.BIAS_KEY);
  }

  /**
   * @param hidden [sequences, width, length]
   * @return [length, vocabulary] of one of the sequences
   */
  INDArray logits(INDArray hidden, long sequence) {
    INDArray states =
        hidden.get(NDArrayIndex.point(sequence), NDArrayIndex.all(), NDArrayIndex.all());
    return states.transpose().mmul(weight).addiRowVector(bias).dup('c');
  }
}
