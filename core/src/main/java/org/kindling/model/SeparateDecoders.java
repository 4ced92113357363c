package org.kindling.model;

import java.util.Arrays;
import java.util.function.Supplier;

/** Several sequences, each with a decoder of its own: for models that gain nothing from a batch. */
public final class SeparateDecoders implements Predictor.Decoder {
  private final SequenceDecoder[] decoders;

  /** What each sequence was given, so that {@link #copy} can give it again; longer than needed. */
  private final int[][] texts;

  private final float[][] logits;

  /**
   * @param decoder makes an empty one
   */
  public SeparateDecoders(int sequences, Supplier<? extends SequenceDecoder> decoder) {
    if (sequences < 1) {
      throw new IllegalArgumentException(
          "decoder: expected at least 1 sequence, found " + sequences);
    }
    decoders = new SequenceDecoder[sequences];
    texts = new int[sequences][0];
    logits = new float[sequences][];
    for (int i = 0; i < sequences; i++) {
      decoders[i] = decoder.get();
    }
  }

  @Override
  public int sequences() {
    return decoders.length;
  }

  @Override
  public float[][] append(int[][] tokens) {
    for (int i = 0; i < decoders.length; i++) {
      if (tokens[i].length > 0) {
        int before = decoders[i].position();
        logits[i] = decoders[i].append(tokens[i]);
        int after = before + tokens[i].length;
        if (after > texts[i].length) {
          texts[i] = Arrays.copyOf(texts[i], Math.max(after, 2 * before));
        }
        System.arraycopy(tokens[i], 0, texts[i], before, tokens[i].length);
      }
    }
    return logits;
  }

  @Override
  public int position(int sequence) {
    return decoders[sequence].position();
  }

  @Override
  public int capacity() {
    return decoders[0].capacity();
  }

  @Override
  public void reset(int sequence) {
    decoders[sequence].reset();
  }

  @Override
  public void copy(int from, int to) {
    int[] text = Arrays.copyOf(texts[from], decoders[from].position());
    reset(to);
    if (text.length > 0) {
      logits[to] = decoders[to].append(text);
      texts[to] = text;
    }
  }

  @Override
  public void close() {
    for (SequenceDecoder decoder : decoders) {
      decoder.close();
    }
  }
}
