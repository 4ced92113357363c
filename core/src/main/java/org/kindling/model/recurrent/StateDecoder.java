package org.kindling.model.recurrent;

import org.kindling.model.SequenceDecoder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Generation that carries the hidden state: every token costs the same, however long the text. */
final class StateDecoder implements SequenceDecoder {
  private final FlatNetwork flat;
  private final int vocabulary;
  private final float[] logits;
  private int position;

  StateDecoder(FlatNetwork flat, int vocabulary) {
    this.flat = flat;
    this.vocabulary = vocabulary;
    this.logits = new float[vocabulary];
  }

  @Override
  public float[] append(int... tokens) {
    Ids.requireSome(tokens, vocabulary);
    INDArray ids = flat.ids(tokens, 1, tokens.length, 0, tokens.length);
    INDArray probabilities = flat.network().rnnTimeStep(ids);
    INDArray last =
        probabilities.get(
            NDArrayIndex.point(0), NDArrayIndex.all(), NDArrayIndex.point(tokens.length - 1L));
    for (int id = 0; id < vocabulary; id++) {
      logits[id] = (float) Math.log(Math.max(last.getDouble(id), Float.MIN_NORMAL));
    }
    position += tokens.length;
    return logits;
  }

  @Override
  public int position() {
    return position;
  }

  @Override
  public int capacity() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void reset() {
    flat.network().rnnClearPreviousState();
    position = 0;
  }

  @Override
  public void close() {
    flat.network().close();
  }
}
