package org.kindling.optimizer;

/**
 * Turns the mean of the workers' parameters into the parameters of the next round: stochastic
 * gradient descent with Nesterov momentum, the averaged change d = θ − mean taken for the gradient.
 *
 * <p>m ← μ·m + d, then θ ← θ − η·(d + μ·m). Elementwise in float32, so a vector may be cut into
 * shards anywhere without changing a bit.
 *
 * @see <a href="https://arxiv.org/abs/2311.08105">Douillard et al. 2023, algorithm 1</a>
 */
public final class OuterOptimizer {
  private final OuterSettings settings;

  public OuterOptimizer(OuterSettings settings) {
    this.settings = settings;
  }

  /**
   * Takes the step that a mean asks for.
   *
   * @param parameters [count] θ at the start of the round; overwritten with the new θ
   * @param mean [count] of the workers' parameters; overwritten
   * @param momentum [count] updated in place; not looked at if the settings have no momentum
   */
  public void stepTo(float[] parameters, float[] mean, float[] momentum, int count) {
    if (settings.isPlainAveraging()) {
      // θ − 1·(θ − mean) would differ from the mean by a rounding.
      System.arraycopy(mean, 0, parameters, 0, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      mean[i] = parameters[i] - mean[i];
    }
    stepBy(parameters, mean, momentum, count);
  }

  /**
   * Takes the step that a mean change asks for.
   *
   * @param parameters [count] θ at the start of the round; overwritten with the new θ
   * @param change [count] d
   * @param momentum [count] updated in place; not looked at if the settings have no momentum
   */
  public void stepBy(float[] parameters, float[] change, float[] momentum, int count) {
    float rate = (float) settings.learningRate();
    float factor = (float) settings.momentum();
    if (!settings.hasMomentum()) {
      for (int i = 0; i < count; i++) {
        parameters[i] -= rate * change[i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      momentum[i] = factor * momentum[i] + change[i];
      parameters[i] -= rate * (change[i] + factor * momentum[i]);
    }
  }
}
