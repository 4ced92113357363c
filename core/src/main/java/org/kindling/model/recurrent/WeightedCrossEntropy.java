package org.kindling.model.recurrent;

import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.kindling.model.TokenBatch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/**
 * DL4J's sparse cross-entropy with a factor on the loss of each prediction. DL4J's own masks are 0
 * or 1: an output layer multiplies its logits by them too.
 */
final class WeightedCrossEntropy extends LossSparseMCXENT {
  private static final long serialVersionUID = 1L;

  /** [sequences · columns, 1], sequence by sequence within a column, as DL4J lays out its rows. */
  private final transient INDArray weights;

  private WeightedCrossEntropy(INDArray weights) {
    this.weights = weights;
  }

  /**
   * Gives the output layer the loss for columns {@code from} to {@code to} of a batch; DL4J's own
   * if the batch has no weights.
   */
  static void set(MultiLayerNetwork network, TokenBatch batch, int from, int to) {
    BaseOutputLayer output = (BaseOutputLayer) network.getOutputLayer().conf().getLayer();
    if (batch.weights() != null) {
      DataType type = network.params().dataType();
      output.setLossFn(new WeightedCrossEntropy(column(batch, from, to).castTo(type)));
    } else if (output.getLossFn() instanceof WeightedCrossEntropy) {
      output.setLossFn(new LossSparseMCXENT());
    }
  }

  private static INDArray column(TokenBatch batch, int from, int to) {
    float[] values = new float[batch.sequences() * (to - from)];
    int next = 0;
    for (int t = from; t < to; t++) {
      for (int row = 0; row < batch.sequences(); row++) {
        values[next++] = batch.weights()[row * batch.length() + t];
      }
    }
    return Nd4j.createFromArray(values).reshape(values.length, 1);
  }

  @Override
  public double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    INDArray scores = computeScoreArray(labels, preOutput, activation, mask).muli(weights);
    double sum = scores.sumNumber().doubleValue();
    return average ? sum / scores.length() : sum;
  }

  @Override
  public INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    return super.computeGradient(labels, preOutput, activation, mask).muliColumnVector(weights);
  }
}
