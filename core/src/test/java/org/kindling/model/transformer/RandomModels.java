package org.kindling.model.transformer;

import java.util.Random;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;

/** Parameters and batches for tests: large enough that no gradient is negligible. */
final class RandomModels {
  private RandomModels() {}

  static float[] parameters(ParameterLayout layout, long seed) {
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

  static TokenBatch batch(int sequences, int length, int vocabulary, long seed) {
    Random random = new Random(seed);
    int[] inputs = random.ints(sequences * length, 0, vocabulary).toArray();
    int[] targets = random.ints(sequences * length, 0, vocabulary).toArray();
    return new TokenBatch(sequences, length, inputs, targets);
  }

  static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }
}
