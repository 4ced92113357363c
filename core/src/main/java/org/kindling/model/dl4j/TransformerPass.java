package org.kindling.model.dl4j;

import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.kindling.kernels.ArrayCopies;
import org.kindling.model.ParameterLayout;
import org.kindling.model.transformer.TransformerBody;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Forward and backward of a {@link TransformerLayer}, on engines that it borrows. */
final class TransformerPass extends BaseLayer<TransformerLayer> {
  private static final long serialVersionUID = 1L;
  private static final Engines<TransformerBody> ENGINES = new Engines<>();

  /** Holds the activations of a training pass until its backward pass; else null. */
  private transient Engines.Engine<TransformerBody> held;

  TransformerPass(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
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
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    requireShape();
    applyDropOutIfNecessary(training, workspaces);
    release();
    Engines.Engine<TransformerBody> engine = forward(training, workspaces);
    long[] shape = {input.size(0), input.size(2), input.size(1)};
    INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, shape, 'c');
    ArrayCopies.read(engine.model().output(), 0, output);
    if (training) {
      held = engine;
    } else {
      ENGINES.giveBack(engine);
    }
    return output.permute(0, 2, 1);
  }

  private void requireShape() {
    long width = layerConf().getNIn();
    int context = layerConf().settings().context();
    if (input.rank() != 3 || input.size(1) != width) {
      throw new IllegalArgumentException(
          "TransformerLayer "
              + layerId()
              + ": expected [batch, "
              + width
              + ", time], found "
              + Arrays.toString(input.shape()));
    }
    if (input.size(2) > context) {
      throw new IllegalArgumentException(
          "TransformerLayer "
              + layerId()
              + ": "
              + input.size(2)
              + " time steps, the layer was made for at most "
              + context
              + "; give it a larger context");
    }
    if (maskArray != null) {
      requireMaskAtEnds();
    }
  }

  /** What comes later cannot matter to what comes first, so padding at the end needs no mask. */
  private void requireMaskAtEnds() {
    double[][] mask =
        maskArray
            .reshape(maskArray.size(0), maskArray.length() / maskArray.size(0))
            .castTo(DataType.DOUBLE)
            .toDoubleMatrix();
    for (int b = 0; b < mask.length; b++) {
      for (int t = 1; t < mask[b].length; t++) {
        if (mask[b][t] > mask[b][t - 1]) {
          throw new IllegalArgumentException(
              "TransformerLayer "
                  + layerId()
                  + ": the mask of example "
                  + b
                  + " begins or resumes at time step "
                  + t
                  + "; pad sequences at their ends");
        }
      }
    }
  }

  private Engines.Engine<TransformerBody> forward(boolean training, LayerWorkspaceMgr workspaces) {
    TransformerLayer shape = layerConf();
    Engines.Engine<TransformerBody> engine =
        ENGINES.borrow(
            new Engines.Key(shape.settings(), dataType),
            Math.toIntExact(input.size(0)),
            (sequences, kernels) -> TransformerBody.allocate(shape.settings(), sequences, kernels));
    TransformerBody body = engine.model();
    for (ParameterLayout.Entry entry : shape.layout().entries()) {
      INDArray value = getParamWithNoise(LaidOutParameters.key(entry), training, workspaces);
      ArrayCopies.write(value, body.parameters(), entry.offset());
    }
    ArrayCopies.write(input.castTo(dataType).permute(0, 2, 1), body.input(), 0);
    body.forward(Math.toIntExact(input.size(0)), Math.toIntExact(input.size(2)));
    return engine;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    Engines.Engine<TransformerBody> engine = held == null ? forward(true, workspaces) : held;
    held = null;
    TransformerBody body = engine.model();
    body.gradients().clear();
    ArrayCopies.write(epsilon.castTo(dataType).permute(0, 2, 1), body.outputGradient(), 0);
    body.backward(Math.toIntExact(input.size(0)), Math.toIntExact(input.size(2)));
    LaidOutParameters.readAll(layerConf().layout(), body.gradients(), gradientViews);
    long[] shape = {input.size(0), input.size(2), input.size(1)};
    INDArray dInput =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, shape, 'c');
    ArrayCopies.read(body.inputGradient(), 0, dInput);
    ENGINES.giveBack(engine);
    Gradient gradient = new DefaultGradient();
    gradientViews.forEach(gradient::setGradientFor);
    weightNoiseParams.clear();
    return new Pair<>(gradient, backpropDropOutIfPresent(dInput.permute(0, 2, 1)));
  }

  /** After a training pass that no backward pass followed. */
  private void release() {
    if (held != null) {
      ENGINES.giveBack(held);
      held = null;
    }
  }

  @Override
  public void clear() {
    super.clear();
    release();
  }
}
