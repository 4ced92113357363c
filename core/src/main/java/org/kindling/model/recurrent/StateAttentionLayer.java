package org.kindling.model.recurrent;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * {@link StateAttention} forward and backward, one sequence after the other. The backward pass
 * computes the forward's values again rather than keep them.
 */
final class StateAttentionLayer extends BaseLayer<StateAttention> {
  private static final long serialVersionUID = 1L;

  /** Far below every score, so that its exponential is zero. */
  private static final double NEVER = -1e9;

  StateAttentionLayer(NeuralNetConfiguration configuration, DataType type) {
    super(configuration, type);
  }

  /**
   * One sequence's values; T its length, d the width.
   *
   * @param states [T, d]
   * @param queries [T, d], states · A
   * @param shares [T, T], of every earlier state in what a position finds
   * @param found [T, d], shares · states
   * @param output [T, d]
   */
  private record Values(
      INDArray states, INDArray queries, INDArray shares, INDArray found, INDArray output) {}

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  private INDArray combination(int half) {
    long width = layerConf().getNOut();
    return getParam(StateAttentionParameters.COMBINE)
        .get(NDArrayIndex.interval(half * width, (half + 1) * width), NDArrayIndex.all());
  }

  /** [T, T]: nothing looks ahead. */
  private INDArray mask(long length) {
    float[][] values = new float[(int) length][(int) length];
    for (int t = 0; t < length; t++) {
      for (int s = t + 1; s < length; s++) {
        values[t][s] = (float) NEVER;
      }
    }
    return Nd4j.createFromArray(values).castTo(dataType);
  }

  private Values forward(long sequence, INDArray mask) {
    INDArray states = transposed(input, sequence);
    INDArray queries = states.mmul(getParam(StateAttentionParameters.SCORE));
    INDArray scores = queries.mmul(states.transpose()).addi(mask);
    INDArray shares = Nd4j.nn().softmax(scores, 1);
    INDArray found = shares.mmul(states);
    INDArray sum = found.mmul(combination(0)).addi(states.mmul(combination(1)));
    INDArray output =
        Transforms.tanh(sum.addiRowVector(getParam(StateAttentionParameters.BIAS)), false);
    return new Values(states, queries, shares, found, output);
  }

  /** [d, T] of a sequence as [T, d] of its own. */
  private static INDArray transposed(INDArray all, long sequence) {
    return all.get(NDArrayIndex.point(sequence), NDArrayIndex.all(), NDArrayIndex.all())
        .transpose()
        .dup('c');
  }

  private static void put(INDArray all, long sequence, INDArray rows) {
    all.get(NDArrayIndex.point(sequence), NDArrayIndex.all(), NDArrayIndex.all())
        .assign(rows.transpose());
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    INDArray out =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
    INDArray mask = mask(input.size(2));
    for (long sequence = 0; sequence < input.size(0); sequence++) {
      put(out, sequence, forward(sequence, mask).output());
    }
    return out;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    Gradient gradient = new DefaultGradient(gradientsFlattened);
    for (String key : layerConf().initializer().paramKeys(layerConf())) {
      gradientViews.get(key).assign(0);
      gradient.setGradientFor(key, gradientViews.get(key));
    }
    INDArray dInput =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    INDArray mask = mask(input.size(2));
    for (long sequence = 0; sequence < input.size(0); sequence++) {
      put(dInput, sequence, backward(forward(sequence, mask), transposed(epsilon, sequence)));
    }
    return new Pair<>(gradient, dInput);
  }

  /**
   * Adds a sequence's gradients of the parameters.
   *
   * @param dOutput [T, d]
   * @return [T, d], gradient of the states
   */
  private INDArray backward(Values v, INDArray dOutput) {
    long width = layerConf().getNOut();
    INDArray dSum = dOutput.muli(v.output().mul(v.output()).rsubi(1));
    INDArray dCombine = gradientViews.get(StateAttentionParameters.COMBINE);
    dCombine
        .get(NDArrayIndex.interval(0, width), NDArrayIndex.all())
        .addi(v.found().transpose().mmul(dSum));
    dCombine
        .get(NDArrayIndex.interval(width, 2 * width), NDArrayIndex.all())
        .addi(v.states().transpose().mmul(dSum));
    gradientViews.get(StateAttentionParameters.BIAS).addi(dSum.sum(0));
    INDArray dFound = dSum.mmul(combination(0).transpose());
    INDArray dStates = dSum.mmul(combination(1).transpose());
    dStates.addi(v.shares().transpose().mmul(dFound));
    INDArray dShares = dFound.mmul(v.states().transpose());
    INDArray mean = dShares.mul(v.shares()).sum(true, 1);
    INDArray dScores = dShares.subi(mean).muli(v.shares());
    INDArray dQueries = dScores.mmul(v.states());
    dStates.addi(dScores.transpose().mmul(v.queries()));
    gradientViews.get(StateAttentionParameters.SCORE).addi(v.states().transpose().mmul(dQueries));
    return dStates.addi(dQueries.mmul(getParam(StateAttentionParameters.SCORE).transpose()));
  }
}
