package org.kindling.model.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.kindling.kernels.ArrayCopies;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Gives a layer its tensors as views of DL4J's flat vector, in the order of the layout and without
 * its gaps, row-major. They start as GPT-2's do; a configuration's {@code weightInit} is not asked.
 */
final class LaidOutParameters implements ParamInitializer {
  static final LaidOutParameters INSTANCE = new LaidOutParameters();

  private LaidOutParameters() {}

  /** DL4J looks for the last underscore of a name to find the layer it belongs to. */
  static String key(ParameterLayout.Entry entry) {
    return entry.name().replace('_', '-');
  }

  private static ParameterLayout layout(Layer layer) {
    return ((LaidOut) layer).layout();
  }

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    return layout(layer).parameters();
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return layout(layer).entries().stream().map(LaidOutParameters::key).toList();
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return paramKeys(layer).stream().filter(key -> isWeightParam(layer, key)).toList();
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return paramKeys(layer).stream().filter(key -> isBiasParam(layer, key)).toList();
  }

  /** Matrices: what {@code l2} and {@code weightDecay} of a configuration apply to. */
  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return layout(layer).entries().stream().anyMatch(e -> e.isMatrix() && key(e).equals(key));
  }

  /** Biases and gains of norms. */
  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return layout(layer).entries().stream().anyMatch(e -> !e.isMatrix() && key(e).equals(key));
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration conf, INDArray paramsView, boolean initializeParams) {
    LaidOut layer = (LaidOut) conf.getLayer();
    Map<String, INDArray> views = views(layer.layout(), paramsView);
    for (ParameterLayout.Entry entry : layer.layout().entries()) {
      if (initializeParams) {
        start(entry, views.get(key(entry)));
      }
      conf.addVariable(key(entry));
    }
    return views;
  }

  private static void start(ParameterLayout.Entry entry, INDArray view) {
    ParameterLayout.Init init = entry.init();
    view.assign(init.mean());
    if (init.standardDeviation() > 0) {
      INDArray random = Nd4j.randn(view.dataType(), view.shape());
      view.addi(random.muli(init.standardDeviation()));
    }
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray gradientView) {
    return views(layout(conf.getLayer()), gradientView);
  }

  private static Map<String, INDArray> views(ParameterLayout layout, INDArray flat) {
    INDArray vector = flat.reshape(flat.length());
    Map<String, INDArray> views = new LinkedHashMap<>();
    long from = 0;
    for (ParameterLayout.Entry entry : layout.entries()) {
      INDArray part = vector.get(NDArrayIndex.interval(from, from + entry.elements()));
      long[] shape = entry.shape().stream().mapToLong(Integer::longValue).toArray();
      views.put(key(entry), part.reshape('c', shape));
      from += entry.elements();
    }
    return views;
  }

  /** Copies gradients into DL4J's views of them. */
  static void readAll(ParameterLayout layout, Tensor from, Map<String, INDArray> views) {
    for (ParameterLayout.Entry entry : layout.entries()) {
      ArrayCopies.read(from, entry.offset(), views.get(key(entry)));
    }
  }
}
