package org.kindling.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.kindling.corpus.TokenReader;
import org.kindling.model.LanguageModel;
import org.kindling.model.LogSoftmax;
import org.kindling.model.Predictor;
import org.kindling.model.TokenBatch;

/**
 * What a model makes of its context: the loss of each position, and how far back the last
 * prediction depends on it. Averages over leading windows of validation text.
 */
public final class ContextDiagnosis {
  private final List<int[]> windows;
  private final int context;

  /**
   * Reads windows of whole context length; shards that are shorter have none.
   *
   * @param shardTokens tokens of each shard of the split, in order
   * @param most windows to read
   * @throws IllegalArgumentException if there is not one window
   */
  public ContextDiagnosis(TokenReader tokens, List<Long> shardTokens, int context, int most)
      throws IOException {
    this.context = context;
    this.windows = new ArrayList<>();
    long start = 0;
    for (long shard : shardTokens) {
      for (long at = 0; at + context < shard && windows.size() < most; at += context) {
        int[] window = new int[context + 1];
        tokens.read(start + at, window, 0, window.length);
        windows.add(window);
      }
      start += shard;
    }
    if (windows.isEmpty()) {
      throw new IllegalArgumentException(
          "data: no shard of the validation split has the "
              + (context + 1)
              + " tokens of one window; use more text or a model of shorter context");
    }
  }

  /** Number of windows read. */
  public int windows() {
    return windows.size();
  }

  private static TokenBatch batch(int[] window) {
    int length = window.length - 1;
    int[] inputs = Arrays.copyOf(window, length);
    return new TokenBatch(1, length, inputs, Arrays.copyOfRange(window, 1, window.length));
  }

  /**
   * Mean loss of each position.
   *
   * @return [context], in nats; position t has seen t + 1 tokens
   */
  public double[] lossByPosition(Predictor model) {
    double[] sums = new double[context];
    int vocabulary = model.vocabulary();
    for (int[] window : windows) {
      TokenBatch batch = batch(window);
      double[] logits = doubles(model.logits(1, context, batch.inputs()));
      for (int t = 0; t < context; t++) {
        sums[t] += LogSoftmax.nats(logits, t * vocabulary, vocabulary, batch.targets()[t]);
      }
    }
    return mean(sums);
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /**
   * Mean norm of the gradient of the last position's loss with respect to the vector of the token
   * so many positions before it.
   *
   * @return [context], by distance; 0 is the position itself
   */
  public double[] gradientByDistance(LanguageModel model) {
    double[] sums = new double[context];
    for (int[] window : windows) {
      double[] norms = model.inputGradientNorms(batch(window));
      for (int distance = 0; distance < context; distance++) {
        sums[distance] += norms[context - 1 - distance];
      }
    }
    return mean(sums);
  }

  private double[] mean(double[] sums) {
    return Arrays.stream(sums).map(sum -> sum / windows.size()).toArray();
  }
}
