package org.kindling.model.transformer;

import java.util.Random;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;

/** Parameters and batches for tests: large enough that no gradient is negligible. */
public final class RandomModels {
  private RandomModels() {}

  public static float[] parameters(ParameterLayout layout, long seed) {
    Random random = new Random(seed);
    float[] values = new float[Math.toIntExact(layout.size())];
    for (ParameterLayout.Entry entry : layout.entries()) {
      boolean gain = !entry.isMatrix() && entry.name().endsWith(".weight");
      for (int i = 0; i < entry.elements(); i++) {
        double value = 0.15 * random.nextGaussian() + (gain ? 1 : 0);
        values[(int) entry.offset() + i] = (float) value;
      }
    }
    return values;
  }

  public static TokenBatch batch(int sequences, int length, int vocabulary, long seed) {
    Random random = new Random(seed);
    int[] inputs = random.ints(sequences * length, 0, vocabulary).toArray();
    int[] targets = random.ints(sequences * length, 0, vocabulary).toArray();
    return new TokenBatch(sequences, length, inputs, targets);
  }

  /** Predictions of different weights, some of 0, in documents kept apart. */
  public static TokenBatch weighted(int sequences, int length, int vocabulary, long seed) {
    TokenBatch batch = batch(sequences, length, vocabulary, seed);
    Random random = new Random(seed + 1);
    float[] weights = new float[batch.tokens()];
    int[] starts = new int[batch.tokens()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextInt(4) == 0 ? 0 : 2 * random.nextFloat();
      boolean begins = i % length == 0 || random.nextInt(3) == 0;
      starts[i] = begins ? i % length : starts[i - 1];
    }
    return new TokenBatch(sequences, length, batch.inputs(), batch.targets(), weights, starts);
  }

  /** Fills several models with the same parameters. */
  static void fill(Transformer... models) {
    float[] start = parameters(models[0].layout(), 5);
    for (Transformer model : models) {
      model.parameters().write(0, start, 0, start.length);
    }
  }

  public static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }
}
