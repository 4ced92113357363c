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
   * @param parameters [n] θ at the start of the round, read only
   * @param mean [n] of the workers' parameters; overwritten with the new θ
   * @param momentum [n] updated in place; not looked at if the settings have no momentum
   */
  public void step(float[] parameters, float[] mean, float[] momentum) {
    if (settings.isPlainAveraging()) {
      return; // θ − 1·(θ − mean) would differ from the mean by a rounding
    }
    float rate = (float) settings.learningRate();
    float factor = (float) settings.momentum();
    if (!settings.hasMomentum()) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] = parameters[i] - rate * (parameters[i] - mean[i]);
      }
      return;
    }
    for (int i = 0; i < mean.length; i++) {
      float change = parameters[i] - mean[i];
      momentum[i] = factor * momentum[i] + change;
      mean[i] = parameters[i] - rate * (change + factor * momentum[i]);
    }
  }
}
