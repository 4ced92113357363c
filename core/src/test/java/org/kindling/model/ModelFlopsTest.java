package org.kindling.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelFlopsTest {
  private static final int V = 7;
  private static final int D = 12;
  private static final int T = 32;

  /** 6 for each parameter of a matrix or bias that a token passes, counted by hand. */
  @Test
  void countsTheMatricesThatATokenPasses() {
    double output = D * V + V;
    assertThat(flops(sized(Family.RNN))).isEqualTo(6 * (2 * (2 * D * D + D) + output));
    assertThat(flops(sized(Family.LSTM))).isEqualTo(6 * (2 * (8 * D * D + 4 * D) + output));
    int window = 4;
    int hidden = 9;
    ModelSettings mlp = new ModelSettings(Family.MLP, 0, D, T, 0, window, hidden, 0);
    assertThat(flops(mlp)).isEqualTo(6.0 * (window * D * hidden + hidden + hidden * V + V));
  }

  @Test
  void attentionGrowsWithTheContext() {
    ModelSettings recurrent = ModelSettings.defaults(Family.RNN_ATTENTION);
    double grown = flops(recurrent.withContext(T + 100)) - flops(recurrent.withContext(T));
    assertThat(grown).isEqualTo(6.0 * 100 * recurrent.width());
    ModelSettings transformer = new ModelSettings("transformer", 3, 2, D, T, true);
    double parameters = LanguageModels.layout(transformer, V).parameters();
    assertThat(flops(transformer)).isEqualTo(6 * parameters);
    assertThat(ModelFlops.ofTraining(transformer, V)).isEqualTo(6 * parameters + 12 * 3 * T * D);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNIGRAM", "BIGRAM", "NGRAM"})
  void countingIsOneAddition(Family family) {
    assertThat(flops(ModelSettings.defaults(family))).isEqualTo(1);
  }

  private static ModelSettings sized(Family family) {
    return new ModelSettings(family, 2, D, T, 0, 0, 0, T);
  }

  private static double flops(ModelSettings settings) {
    return ModelFlops.forScaling(settings, V);
  }
}
