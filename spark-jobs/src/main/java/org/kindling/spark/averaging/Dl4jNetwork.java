package org.kindling.spark.averaging;

import java.util.List;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.kindling.exchange.Coded;
import org.kindling.model.Family;
import org.kindling.model.LanguageModels;
import org.kindling.model.ParameterLayout;
import org.kindling.model.dl4j.LanguageModelLayer;
import org.kindling.model.recurrent.Networks;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.training.RunDescription;
import org.kindling.training.Sharding;
import org.kindling.training.StateShard;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * A run's model as a network of DL4J, with DL4J's Adam in place of Kindling's AdamW, and its state
 * in Kindling's form. DL4J's flat vectors hold the same tensors in the same order without gaps.
 */
final class Dl4jNetwork {
  private final ParameterLayout layout;
  private final MultiLayerNetwork network;

  Dl4jNetwork(RunDescription run) {
    layout = LanguageModels.layout(run.model(), run.vocabulary());
    MultiLayerConfiguration configuration = configuration(run);
    configuration.setBackpropType(BackpropType.Standard);
    configuration.getConfs().forEach(conf -> setOptimizer(conf, run));
    network = new MultiLayerNetwork(configuration);
    network.init();
    if (network.numParams() != layout.parameters()) {
      throw new IllegalStateException(
          "layout of " + layout.parameters() + " parameters, network of " + network.numParams());
    }
    MultiLayerUpdater updater = (MultiLayerUpdater) network.getUpdater();
    if (updater.getUpdaterBlocks().size() != 1) {
      throw new IllegalStateException("expected one block of moments");
    }
  }

  private static MultiLayerConfiguration configuration(RunDescription run) {
    if (run.model().kind() != Family.TRANSFORMER) {
      return Networks.configuration(run.model(), run.vocabulary());
    }
    return new NeuralNetConfiguration.Builder()
        .list()
        .layer(
            new LanguageModelLayer.Builder()
                .model(run.model())
                .vocabulary(run.vocabulary())
                .build())
        .build();
  }

  private static void setOptimizer(NeuralNetConfiguration conf, RunDescription run) {
    OptimizerSettings o = run.optimizer();
    BaseLayer layer = (BaseLayer) conf.getLayer();
    Dl4jSchedule schedule = new Dl4jSchedule(o, run.training().steps());
    Adam adam = new Adam(o.learningRate(), o.beta1(), o.beta2(), o.epsilon());
    adam.setLearningRateSchedule(schedule);
    layer.setIUpdater(adam);
    List<Regularization> decay =
        o.weightDecay() > 0 ? List.of(new WeightDecay(o.weightDecay(), true)) : List.of();
    layer.setRegularization(decay);
    layer.setRegularizationBias(List.of());
  }

  /** Factor from the network's score, and from its gradient, to those of the mean per token. */
  static double perToken(RunDescription run) {
    // DL4J's output layers add up over time.
    return run.model().kind() == Family.TRANSFORMER ? 1 : 1.0 / run.model().context();
  }

  MultiLayerNetwork network() {
    return network;
  }

  /** Says how many steps were taken: learning rate and Adam's corrections follow from it. */
  void setSteps(long steps) {
    network.getLayerWiseConfigurations().setIterationCount(Math.toIntExact(steps));
  }

  private INDArray moments() {
    return network.getUpdater().getStateViewArray();
  }

  /** Copies the state out. */
  StateShard[] state(Sharding sharding) {
    float[] parameters = spread(network.params(), 0);
    float[] first = spread(moments(), 0);
    float[] second = spread(moments(), layout.parameters());
    StateShard[] shards = new StateShard[sharding.count()];
    for (int s = 0; s < shards.length; s++) {
      shards[s] =
          new StateShard(
              s,
              extract(parameters, sharding, s),
              null,
              List.of(
                  Coded.of(extract(first, sharding, s)), Coded.of(extract(second, sharding, s))));
    }
    return shards;
  }

  private static float[] extract(float[] vector, Sharding sharding, int shard) {
    float[] values = new float[sharding.length(shard)];
    System.arraycopy(vector, Math.toIntExact(sharding.offset(shard)), values, 0, values.length);
    return values;
  }

  private float[] spread(INDArray flat, long from) {
    float[] packed = flat.reshape(flat.length()).dup().toFloatVector();
    float[] vector = new float[Math.toIntExact(layout.size())];
    int at = Math.toIntExact(from);
    for (ParameterLayout.Entry entry : layout.entries()) {
      int length = Math.toIntExact(entry.elements());
      System.arraycopy(packed, at, vector, Math.toIntExact(entry.offset()), length);
      at += length;
    }
    return vector;
  }

  /** Puts a state in. */
  void load(Sharding sharding, StateShard[] shards) {
    int size = Math.toIntExact(sharding.size());
    float[] parameters = new float[size];
    float[] first = new float[size];
    float[] second = new float[size];
    for (StateShard shard : shards) {
      int offset = Math.toIntExact(sharding.offset(shard.index()));
      int length = sharding.length(shard.index());
      System.arraycopy(shard.parameters(), 0, parameters, offset, length);
      System.arraycopy(shard.moments().get(0).toFloats(), 0, first, offset, length);
      System.arraycopy(shard.moments().get(1).toFloats(), 0, second, offset, length);
    }
    int packed = Math.toIntExact(layout.parameters());
    float[] moments = new float[2 * packed];
    pack(first, moments, 0);
    pack(second, moments, packed);
    float[] flat = new float[packed];
    pack(parameters, flat, 0);
    network.setParams(Nd4j.createFromArray(flat));
    moments().assign(Nd4j.createFromArray(moments).reshape(moments().shape()));
  }

  private void pack(float[] vector, float[] packed, int at) {
    int to = at;
    for (ParameterLayout.Entry entry : layout.entries()) {
      int length = Math.toIntExact(entry.elements());
      System.arraycopy(vector, Math.toIntExact(entry.offset()), packed, to, length);
      to += length;
    }
  }

  void close() {
    network.close();
  }
}
