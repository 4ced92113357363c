package org.kindling.model.dl4j;

import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.kindling.kernels.JavaCppLimits;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.transformer.TransformerBody;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * GPT-2's transformer without its embeddings of tokens, as a layer of DL4J: learned positions,
 * causal blocks, final norm; [batch, width, time] to the same shape. It goes wherever an LSTM layer
 * goes.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder()
 *     .updater(new Adam(1e-3))
 *     .list()
 *     .layer(new EmbeddingSequenceLayer.Builder().nIn(65).nOut(64).build())
 *     .layer(new TransformerLayer.Builder().nIn(64).layers(2).heads(4).context(32).build())
 *     .layer(new RnnOutputLayer.Builder().nIn(64).nOut(65).activation(Activation.SOFTMAX)
 *         .dataFormat(RNNFormat.NCW).build())
 *     .build();
 * }</pre>
 *
 * <p>Positions are counted from the first of each sequence that is given, so {@code rnnTimeStep}
 * and truncated back-propagation do not carry anything over. Masks must end sequences, not begin
 * them. Data types FLOAT, over Kindling's kernels, and DOUBLE, over ND4J's operations.
 */
public final class TransformerLayer extends BaseRecurrentLayer implements LaidOut {
  private static final long serialVersionUID = 1L;

  static {
    JavaCppLimits.lift();
  }

  @JsonProperty private int blocks;
  @JsonProperty private int heads;
  @JsonProperty private int context;

  /** For Jackson. */
  @SuppressWarnings("unused")
  private TransformerLayer() {}

  private TransformerLayer(Builder builder) {
    super(builder);
    this.blocks = builder.blocks;
    this.heads = builder.heads;
    this.context = builder.context;
  }

  /** Shape of the layer, in Kindling's words. */
  ModelSettings settings() {
    return new ModelSettings(
        "transformer", blocks, heads, Math.toIntExact(getNIn()), context, true);
  }

  @Override
  public ParameterLayout layout() {
    return TransformerBody.layout(settings());
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    super.setNIn(inputType, override);
    if (getNOut() <= 0) {
      setNOut(getNIn());
    }
    requireFormat();
  }

  private void requireFormat() {
    if (getRnnDataFormat() == RNNFormat.NWC) {
      throw new IllegalArgumentException(
          "TransformerLayer " + getLayerName() + ": data format NWC, expected NCW");
    }
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> trainingListeners,
      int layerIndex,
      INDArray layerParamsView,
      boolean initializeParams,
      DataType networkDataType) {
    requireFormat();
    if (getNIn() != getNOut()) {
      throw new IllegalArgumentException(
          "TransformerLayer "
              + getLayerName()
              + ": nIn "
              + getNIn()
              + " and nOut "
              + getNOut()
              + " differ; what is added to the residual stream is as wide as it");
    }
    Engines.requireType("TransformerLayer " + getLayerName(), networkDataType);
    TransformerPass pass = new TransformerPass(conf, networkDataType);
    return Passes.wired(
        pass, conf, trainingListeners, layerIndex, layerParamsView, initializeParams);
  }

  @Override
  public ParamInitializer initializer() {
    return LaidOutParameters.INSTANCE;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType inputType) {
    long parameters = layout().parameters();
    long perExample = 16L * blocks * context * getNIn();
    return new LayerMemoryReport.Builder(
            getLayerName(), TransformerLayer.class, inputType, inputType)
        .standardMemory(parameters, getIUpdater().stateSize(parameters))
        .workingMemory(0, perExample, 0, perExample)
        .cacheMemory(0, 0)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TransformerLayer that
        && super.equals(other)
        && blocks == that.blocks
        && heads == that.heads
        && context == that.context;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof TransformerLayer;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), blocks, heads, context);
  }

  @Override
  public String toString() {
    return "TransformerLayer(width="
        + getNIn()
        + ", layers="
        + blocks
        + ", heads="
        + heads
        + ", context="
        + context
        + ")";
  }

  /** Beside these, all that DL4J's recurrent layers have: updater, l2, dropOut and so on. */
  public static final class Builder extends BaseRecurrentLayer.Builder<Builder> {
    private int blocks = ModelSettings.DEFAULTS.layers();
    private int heads = ModelSettings.DEFAULTS.heads();
    private int context = ModelSettings.DEFAULTS.context();

    /** Number of blocks. */
    public Builder layers(int layers) {
      this.blocks = layers;
      return this;
    }

    /** Attention heads; divides the width. */
    public Builder heads(int heads) {
      this.heads = heads;
      return this;
    }

    /** Longest sequence. */
    public Builder context(int context) {
      this.context = context;
      return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public TransformerLayer build() {
      if (getNOut() <= 0) {
        setNOut(getNIn());
      }
      TransformerLayer layer = new TransformerLayer(this);
      if (layer.getNIn() > 0) {
        layer.settings();
      }
      return layer;
    }
  }
}
