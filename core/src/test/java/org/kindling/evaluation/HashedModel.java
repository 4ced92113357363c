package org.kindling.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.kindling.model.ModelSettings;
import org.kindling.model.Predictor;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;

/** Logits are a hash of all tokens that a sequence holds, so every mistake shows. */
final class HashedModel implements Predictor {
  private final int vocabulary;
  private final int capacity;
  private int read;
  private int copies;
  private int mostSequences;

  HashedModel(int vocabulary, int capacity) {
    this.vocabulary = vocabulary;
    this.capacity = capacity;
  }

  /** Tokens that were appended to any sequence. */
  int read() {
    return read;
  }

  int copies() {
    return copies;
  }

  int mostSequences() {
    return mostSequences;
  }

  float[] logitsAfter(List<Integer> tokens) {
    Random random = new Random(tokens.hashCode());
    float[] logits = new float[vocabulary];
    for (int id = 0; id < vocabulary; id++) {
      logits[id] = (float) random.nextGaussian();
    }
    return logits;
  }

  @Override
  public ModelSettings settings() {
    return ModelSettings.DEFAULTS;
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public WeightedLoss loss(TokenBatch batch) {
    throw new UnsupportedOperationException();
  }

  @Override
  public float[] logits(int count, int length, int[] ids) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Decoder decoder(int sequences) {
    mostSequences = Math.max(mostSequences, sequences);
    return new HashedDecoder(sequences);
  }

  private final class HashedDecoder implements Decoder {
    private final List<List<Integer>> texts = new ArrayList<>();
    private final float[][] logits;

    HashedDecoder(int sequences) {
      logits = new float[sequences][vocabulary];
      for (int i = 0; i < sequences; i++) {
        texts.add(new ArrayList<>());
      }
    }

    @Override
    public int sequences() {
      return logits.length;
    }

    @Override
    public float[][] append(int[][] tokens) {
      for (int i = 0; i < tokens.length; i++) {
        for (int token : tokens[i]) {
          texts.get(i).add(token);
          read++;
        }
        if (texts.get(i).size() > capacity) {
          throw new IllegalArgumentException("decoder: too many tokens");
        }
        float[] next = logitsAfter(texts.get(i));
        // Of the others nothing is promised.
        System.arraycopy(
            tokens[i].length > 0 ? next : new float[vocabulary], 0, logits[i], 0, vocabulary);
      }
      return logits;
    }

    @Override
    public int position(int sequence) {
      return texts.get(sequence).size();
    }

    @Override
    public int capacity() {
      return capacity;
    }

    @Override
    public void reset(int sequence) {
      texts.get(sequence).clear();
    }

    @Override
    public void copy(int from, int to) {
      copies++;
      texts.set(to, new ArrayList<>(texts.get(from)));
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() {}
}
