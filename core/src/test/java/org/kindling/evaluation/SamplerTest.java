package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SamplerTest {
  /** Probabilities 0.5, 0.25, 0.125, 0.125. */
  private static final float[] LOGITS = {
    (float) Math.log(0.125), (float) Math.log(0.5), (float) Math.log(0.25), (float) Math.log(0.125)
  };

  private static double[] frequencies(SamplingSettings settings) {
    Sampler sampler = new Sampler(settings);
    double[] counts = new double[LOGITS.length];
    int draws = 40_000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.draw(LOGITS)] += 1.0 / draws;
    }
    return counts;
  }

  @Test
  void drawsWithTheModelsProbabilities() {
    assertThat(frequencies(new SamplingSettings(1, 0, 1, 7)))
        .containsExactly(new double[] {0.125, 0.5, 0.25, 0.125}, within(0.01));
  }

  @Test
  void temperatureSharpens() {
    // Squared and normalised: 1, 16, 4, 1 of 22.
    assertThat(frequencies(new SamplingSettings(0.5, 0, 1, 7)))
        .containsExactly(new double[] {1 / 22.0, 16 / 22.0, 4 / 22.0, 1 / 22.0}, within(0.01));
  }

  @Test
  void temperatureZeroTakesTheLikeliest() {
    assertThat(frequencies(new SamplingSettings(0, 0, 1, 7))[1]).isCloseTo(1, within(1e-9));
  }

  @Test
  void topKLeavesTheLikeliestOnly() {
    assertThat(frequencies(new SamplingSettings(1, 2, 1, 7)))
        .containsExactly(new double[] {0, 2 / 3.0, 1 / 3.0, 0}, within(0.01));
  }

  @Test
  void topPLeavesTheFewestThatReachIt() {
    assertThat(frequencies(new SamplingSettings(1, 0, 0.6, 7)))
        .containsExactly(new double[] {0, 2 / 3.0, 1 / 3.0, 0}, within(0.01));
    assertThat(frequencies(new SamplingSettings(1, 0, 0.5, 7))[1]).isCloseTo(1, within(1e-9));
  }

  @Test
  void badSettingsAreRefused() {
    assertThatThrownBy(() -> new SamplingSettings(-1, 0, 1, 1))
        .hasMessage("--temperature: expected at least 0, found -1.0");
    assertThatThrownBy(() -> new SamplingSettings(1, -1, 1, 1))
        .hasMessage("--top-k: expected at least 0, found -1");
    assertThatThrownBy(() -> new SamplingSettings(1, 0, 0, 1))
        .hasMessage("--top-p: expected above 0 and at most 1, found 0.0");
  }
}
