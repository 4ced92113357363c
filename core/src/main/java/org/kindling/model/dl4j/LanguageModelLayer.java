package org.kindling.model.dl4j;

import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.kindling.kernels.JavaCppLimits;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.transformer.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A whole transformer language model as the one layer of a DL4J network, with tied embeddings and
 * without ever holding the logits of a batch: what {@code TransformerLayer} between two of DL4J's
 * layers cannot have. Features and labels are token ids, [batch, time]; the score is the mean
 * cross-entropy in nats per token, where DL4J's output layers add up over time; activations are
 * probabilities, [batch, vocabulary, time]. Parameters are those of Kindling's checkpoints, in
 * their order.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder()
 *     .updater(new Adam(1e-3))
 *     .list()
 *     .layer(new LanguageModelLayer.Builder().model(ModelSettings.DEFAULTS).vocabulary(65).build())
 *     .build();
 * }</pre>
 */
public final class LanguageModelLayer extends FeedForwardLayer implements LaidOut {
  private static final long serialVersionUID = 1L;

  static {
    JavaCppLimits.lift();
  }

  @JsonProperty private int blocks;
  @JsonProperty private int heads;
  @JsonProperty private int width;
  @JsonProperty private int context;
  @JsonProperty private boolean tied;

  /** For Jackson. */
  @SuppressWarnings("unused")
  private LanguageModelLayer() {}

  private LanguageModelLayer(Builder builder) {
    super(builder);
    requireGpt2(builder.model);
    this.blocks = builder.model.layers();
    this.heads = builder.model.heads();
    this.width = builder.model.width();
    this.context = builder.model.context();
    this.tied = builder.model.tied();
  }

  private static void requireGpt2(ModelSettings model) {
    if (!model.plainGpt2()) {
      throw new IllegalArgumentException(
          "LanguageModelLayer: expected a model of architecture gpt2 with no other keys than layers,"
              + " heads, width, context and tied, found "
              + model
              + "; train others with Kindling's own rounds");
    }
  }

  /** Shape of the model. */
  public ModelSettings settings() {
    return new ModelSettings("transformer", blocks, heads, width, context, tied);
  }

  /** Number of token ids. */
  public int vocabulary() {
    return Math.toIntExact(getNOut());
  }

  @Override
  public ParameterLayout layout() {
    return Transformer.layout(settings(), vocabulary());
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    // Token ids have no size.
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return null;
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return InputType.recurrent(getNOut(), context);
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> trainingListeners,
      int layerIndex,
      INDArray layerParamsView,
      boolean initializeParams,
      DataType networkDataType) {
    Engines.requireType("LanguageModelLayer " + getLayerName(), networkDataType);
    LanguageModelPass pass = new LanguageModelPass(conf, networkDataType);
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
    long perExample = 16L * blocks * context * width;
    InputType output = getOutputType(0, inputType);
    return new LayerMemoryReport.Builder(
            getLayerName(), LanguageModelLayer.class, inputType, output)
        .standardMemory(parameters, getIUpdater().stateSize(parameters))
        .workingMemory(0, perExample, 0, perExample)
        .cacheMemory(0, 0)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LanguageModelLayer that
        && super.equals(other)
        && settings().equals(that.settings());
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof LanguageModelLayer;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), settings());
  }

  @Override
  public String toString() {
    return "LanguageModelLayer(" + settings() + ", vocabulary=" + getNOut() + ")";
  }

  /** Beside these, all that DL4J's layers with parameters have: updater, weightDecay and so on. */
  public static final class Builder extends FeedForwardLayer.Builder<Builder> {
    private ModelSettings model = ModelSettings.DEFAULTS;

    /** Shape of the model. */
    public Builder model(ModelSettings model) {
      this.model = model;
      return this;
    }

    /** Number of token ids. */
    public Builder vocabulary(int vocabulary) {
      nIn(1);
      return nOut(vocabulary);
    }

    @Override
    @SuppressWarnings("unchecked")
    public LanguageModelLayer build() {
      return new LanguageModelLayer(this);
    }
  }
}
