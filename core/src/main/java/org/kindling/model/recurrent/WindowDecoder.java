package org.kindling.model.recurrent;

import java.util.Arrays;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.model.SequenceDecoder;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Generation by reading again what the next token depends on: the window of an MLP, or the whole
 * text so far where attention looks at every state of it.
 */
final class WindowDecoder implements SequenceDecoder {
  private final FlatNetwork flat;
  private final int vocabulary;
  private final int capacity;

  /** Tokens that the next one depends on. */
  private final int reach;

  private int[] text = new int[16];
  private int position;

  WindowDecoder(FlatNetwork flat, ModelSettings settings, int vocabulary) {
    this.flat = flat;
    this.vocabulary = vocabulary;
    boolean window = settings.kind().has(Family.Key.WINDOW);
    this.reach = window ? settings.window() : settings.context();
    this.capacity = window ? Integer.MAX_VALUE : settings.context();
  }

  @Override
  public float[] append(int... tokens) {
    Ids.requireSome(tokens, vocabulary);
    if (tokens.length > capacity - position) {
      throw new IllegalArgumentException(
          String.format(
              "decoder: %d tokens and %d more exceed model.context %d; shorten the text",
              position, tokens.length, capacity));
    }
    if (position + tokens.length > text.length) {
      text = Arrays.copyOf(text, Math.max(position + tokens.length, 2 * text.length));
    }
    System.arraycopy(tokens, 0, text, position, tokens.length);
    position += tokens.length;
    int length = Math.min(reach, position);
    int[] seen = Arrays.copyOfRange(text, position - length, position);
    MultiLayerNetwork network = flat.network();
    int lastHidden = network.getnLayers() - 2;
    INDArray ids = flat.ids(seen, 1, length, 0, length);
    INDArray hidden = network.feedForwardToLayer(lastHidden, ids, false).get(lastHidden + 1);
    INDArray logits = new OutputLayer(network).logits(hidden, 0);
    return logits.getRow(length - 1L).dup().data().asFloat();
  }

  @Override
  public int position() {
    return position;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public void reset() {
    position = 0;
  }

  @Override
  public void close() {
    flat.network().close();
  }
}
