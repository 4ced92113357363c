package org.kindling.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.MatrixRange;
import org.kindling.model.ParameterLayout.Role;

class ParameterLayoutTest {
  private static List<MatrixRange> matrices(ParameterLayout layout, String name) {
    return layout.entry(name).matrices();
  }

  @Test
  void queriesKeysAndValuesOfOneTensorAreMatricesOfTheirOwn() {
    ModelSettings gpt2 = new ModelSettings("transformer", 1, 2, 16, 8, true);
    ParameterLayout layout = LanguageModels.layout(gpt2, 5);
    ParameterLayout.Entry fused = layout.entry("transformer.h.0.attn.c_attn.weight");
    assertThat(fused.matrices())
        .containsExactly(
            new MatrixRange(fused.offset(), 16, 16, 48),
            new MatrixRange(fused.offset() + 16, 16, 16, 48),
            new MatrixRange(fused.offset() + 32, 16, 16, 48));
    ParameterLayout.Entry up = layout.entry("transformer.h.0.mlp.c_fc.weight");
    assertThat(up.matrices()).containsExactly(new MatrixRange(up.offset(), 16, 64, 64));
    assertThat(matrices(layout, "transformer.h.0.mlp.c_fc.bias")).isEmpty();
  }

  @Test
  void gatesAreMatricesOfTheirOwn() {
    ModelSettings lstm = new ModelSettings(Family.LSTM, 1, 12, 20, 0, 0, 0, 10);
    ParameterLayout layout = LanguageModels.layout(lstm, 5);
    ParameterLayout.Entry gates = layout.entry("lstm.0.hidden.weight");
    assertThat(gates.matrices()).hasSize(4);
    assertThat(gates.matrices().get(1))
        .isEqualTo(new MatrixRange(gates.offset() + 144, 12, 12, 12));
  }

  /** Learning-rate groups and optimizers go by roles, of these families too. */
  @Test
  void tablesOfRecurrentFamiliesAreNoMatricesOfLayers() {
    for (Family family : List.of(Family.MLP, Family.RNN, Family.LSTM, Family.RNN_ATTENTION)) {
      ParameterLayout layout = LanguageModels.layout(ModelSettings.defaults(family), 65);
      assertThat(layout.entry("embedding.weight").role()).isEqualTo(Role.EMBEDDING);
      assertThat(layout.entry("output.weight").role()).isEqualTo(Role.HEAD);
      assertThat(layout.entries()).as(family.label()).anyMatch(e -> e.role() == Role.MATRIX);
    }
    ParameterLayout mlp = LanguageModels.layout(ModelSettings.defaults(Family.MLP), 65);
    ParameterLayout.Entry hidden = mlp.entry("hidden.weight");
    int columns = hidden.shape().get(1) * hidden.shape().get(2);
    assertThat(hidden.matrices())
        .containsExactly(new MatrixRange(hidden.offset(), hidden.shape().get(0), columns, columns));
  }

  @Test
  void refusesPartsThatDoNotFillTheirTensor() {
    ParameterLayout.Builder builder = ParameterLayout.builder().add("qkv", 4, 12);
    assertThatThrownBy(() -> builder.divided(1, List.of(4, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("qkv: parts of [4, 4] do not fill axis 1 of [4, 12]");
  }
}
