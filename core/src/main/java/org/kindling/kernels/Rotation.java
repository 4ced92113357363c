package org.kindling.kernels;

/**
 * Rotary position embedding: in each head of width 2n, elements i and i + n are turned together by
 * the angle position · base^(−i / n).
 *
 * @param half n
 * @param cosines [context, n]
 * @param sines [context, n]
 * @see <a href="https://arxiv.org/abs/2104.09864">Su et al. 2021</a>; in halves, as in GPT-NeoX
 */
public record Rotation(int half, Tensor cosines, Tensor sines) {
  /**
   * Fills both tables.
   *
   * @param base theta, e.g. 10000
   */
  public void fill(int context, double base) {
    float[] cosine = new float[half];
    float[] sine = new float[half];
    for (int position = 0; position < context; position++) {
      for (int i = 0; i < half; i++) {
        double angle = position * StrictMath.pow(base, -(double) i / half);
        cosine[i] = (float) StrictMath.cos(angle);
        sine[i] = (float) StrictMath.sin(angle);
      }
      cosines.write((long) position * half, cosine, 0, half);
      sines.write((long) position * half, sine, 0, half);
    }
  }
}
