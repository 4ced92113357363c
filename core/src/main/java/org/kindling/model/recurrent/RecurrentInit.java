package org.kindling.model.recurrent;

import org.kindling.kernels.Tensor;
import org.kindling.model.NormalNumbers;
import org.kindling.model.ParameterLayout;

/**
 * Init of the networks: token vectors N(0, 1/10), other matrices N(0, 1/inputs), biases 0 but for
 * an LSTM's forget gates, which start at 1 so that states are kept.
 *
 * @see <a href="https://proceedings.mlr.press/v37/jozefowicz15.html">Jozefowicz et al. 2015 on the
 *     forget gate's bias</a>
 */
final class RecurrentInit {
  private static final double EMBEDDING_STANDARD_DEVIATION = 0.1;

  private RecurrentInit() {}

  static void write(ParameterLayout layout, long seed, Tensor parameters) {
    NormalNumbers numbers = new NormalNumbers(seed);
    parameters.clear();
    for (ParameterLayout.Entry entry : layout.entries()) {
      int elements = Math.toIntExact(entry.elements());
      float[] values = new float[elements];
      if (entry.isMatrix()) {
        double standardDeviation = standardDeviation(entry);
        for (int i = 0; i < elements; i++) {
          values[i] = (float) (numbers.next() * standardDeviation);
        }
      } else if (entry.name().startsWith("lstm.")) {
        java.util.Arrays.fill(values, elements / 4, elements / 2, 1f);
      }
      parameters.write(entry.offset(), values, 0, elements);
    }
  }

  private static double standardDeviation(ParameterLayout.Entry entry) {
    if (entry.name().equals(RecurrentLayout.EMBEDDING)) {
      return EMBEDDING_STANDARD_DEVIATION;
    }
    long inputs = entry.elements() / entry.shape().get(0);
    return 1 / Math.sqrt(inputs);
  }
}
