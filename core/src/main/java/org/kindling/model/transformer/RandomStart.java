package org.kindling.model.transformer;

import java.util.Arrays;
import org.kindling.kernels.Tensor;
import org.kindling.model.NormalNumbers;
import org.kindling.model.ParameterLayout;

/**
 * GPT-2's random start: matrices N(0, 0.02), those that write to the residual stream divided by √(2
 * · layers), gains 1, biases 0.
 *
 * @see <a href="https://cdn.openai.com/better-language-models/language_models.pdf">Radford et al.
 *     2019, section 2.3</a>
 */
final class RandomStart {
  private static final double DEVIATION = 0.02;
  private static final int PIECE = 8192;

  private RandomStart() {}

  static void write(ParameterLayout layout, int layers, long seed, Tensor parameters) {
    NormalNumbers numbers = new NormalNumbers(seed);
    float[] piece = new float[PIECE];
    parameters.clear();
    for (ParameterLayout.Entry entry : layout.entries()) {
      for (long done = 0; done < entry.elements(); done += PIECE) {
        int length = (int) Math.min(PIECE, entry.elements() - done);
        if (entry.isMatrix()) {
          fill(piece, length, numbers, deviation(entry.name(), layers));
        } else {
          Arrays.fill(piece, 0, length, entry.name().endsWith(".bias") ? 0f : 1f);
        }
        parameters.write(entry.offset() + done, piece, 0, length);
      }
    }
  }

  static double deviation(String name, int layers) {
    return name.endsWith("c_proj.weight") ? DEVIATION / Math.sqrt(2.0 * layers) : DEVIATION;
  }

  private static void fill(float[] piece, int length, NormalNumbers numbers, double deviation) {
    for (int i = 0; i < length; i++) {
      piece[i] = (float) (numbers.next() * deviation);
    }
  }
}
