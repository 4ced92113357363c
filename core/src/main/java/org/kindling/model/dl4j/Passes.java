package org.kindling.model.dl4j;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Puts a layer that computes into its network, as every {@code instantiate} has to. */
public final class Passes {
  private Passes() {}

  /**
   * Gives a new layer what the network knows of it.
   *
   * @param parameters its part of the network's flat vector
   * @param initialize whether it starts at random
   * @return the same layer
   */
  public static Layer wired(
      Layer pass,
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize) {
    pass.setListeners(listeners);
    pass.setIndex(index);
    pass.setParamsViewArray(parameters);
    pass.setParamTable(conf.getLayer().initializer().init(conf, parameters, initialize));
    pass.setConf(conf);
    return pass;
  }
}
