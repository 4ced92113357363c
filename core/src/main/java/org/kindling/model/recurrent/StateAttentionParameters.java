package org.kindling.model.recurrent;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The parameters of {@link StateAttention} within the network's flat vector. */
final class StateAttentionParameters implements ParamInitializer {
  static final StateAttentionParameters INSTANCE = new StateAttentionParameters();

  /** [width, width], between a hidden state and those it looks at. */
  static final String SCORE = "A";

  /** [2 · width, width], from what was found and the hidden state itself. */
  static final String COMBINE = "W";

  /** [width] */
  static final String BIAS = "b";

  private StateAttentionParameters() {}

  private static long width(Layer layer) {
    return ((StateAttention) layer).getNOut();
  }

  @Override
  public long numParams(NeuralNetConfiguration configuration) {
    return numParams(configuration.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    long width = width(layer);
    return 3 * width * width + width;
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return List.of(SCORE, COMBINE, BIAS);
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return List.of(SCORE, COMBINE);
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return List.of(BIAS);
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return weightKeys(layer).contains(key);
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return BIAS.equals(key);
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration configuration, INDArray flat, boolean initialize) {
    Map<String, INDArray> views = getGradientsFromFlattened(configuration, flat);
    if (initialize) {
      double standardDeviation = 1 / Math.sqrt(width(configuration.getLayer()));
      for (String key : List.of(SCORE, COMBINE)) {
        INDArray view = views.get(key);
        view.assign(Nd4j.randn(view.dataType(), view.shape()).muli(standardDeviation));
      }
      views.get(BIAS).assign(0);
    }
    views.forEach((key, view) -> configuration.addVariable(key));
    return views;
  }

  /** As every DL4J layer's, matrices lie column by column. */
  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration configuration, INDArray flat) {
    long width = width(configuration.getLayer());
    long square = width * width;
    INDArray vector = flat.reshape(flat.length());
    Map<String, INDArray> views = new LinkedHashMap<>();
    views.put(SCORE, part(vector, 0, square).reshape('f', width, width));
    views.put(COMBINE, part(vector, square, 3 * square).reshape('f', 2 * width, width));
    views.put(BIAS, part(vector, 3 * square, 3 * square + width));
    return views;
  }

  private static INDArray part(INDArray vector, long from, long to) {
    return vector.get(NDArrayIndex.interval(from, to));
  }
}
