package org.kindling.model.recurrent;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.kindling.model.dl4j.Passes;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a DL4J layer that lets every hidden state of a recurrent layer look at those
 * before it and at itself: a_t = softmax_s(h_tᵀ·A·h_s) over s ≤ t, output tanh(W·[Σ a_ts·h_s; h_t]
 * + b). Input and output are [sequences, width, length].
 *
 * @see <a href="https://arxiv.org/abs/1508.04025">Luong et al. 2015, equations 5 and 8</a>
 */
public final class StateAttention extends FeedForwardLayer {
  private static final long serialVersionUID = 1L;

  /** For DL4J's JSON. */
  StateAttention() {}

  /**
   * @param width of the hidden states
   */
  public StateAttention(int width) {
    super(new Builder());
    setLayerName("attention");
    setNIn(width);
    setNOut(width);
  }

  /** What the parent's constructor asks for. */
  private static final class Builder extends FeedForwardLayer.Builder<Builder> {
    private Builder() {
      activation(Activation.TANH);
    }

    @Override
    public StateAttention build() {
      return new StateAttention((int) getNOut());
    }
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration configuration,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    StateAttentionLayer layer = new StateAttentionLayer(configuration, type);
    return Passes.wired(layer, configuration, listeners, index, parameters, initialize);
  }

  @Override
  public ParamInitializer initializer() {
    return StateAttentionParameters.INSTANCE;
  }

  @Override
  public InputType getOutputType(int index, InputType input) {
    return input;
  }

  @Override
  public void setNIn(InputType input, boolean override) {
    if (override || getNIn() <= 0) {
      setNIn(((InputType.InputTypeRecurrent) input).getSize());
    }
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType input) {
    return null;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType input) {
    throw new UnsupportedOperationException("DL4J's memory reports do not cover state attention");
  }
}
