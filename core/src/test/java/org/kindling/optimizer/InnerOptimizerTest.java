package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.Kernels;
import org.kindling.model.ParameterLayout;

class InnerOptimizerTest {
  private static final ParameterLayout LAYOUT =
      ParameterLayout.builder().add("a.weight", 7, 3).add("a.bias", 3).build();

  @Test
  void adamWKeepsTwoMomentsOfEveryElement() {
    assertThat(InnerOptimizer.momentsOf(OptimizerSettings.DEFAULTS, LAYOUT))
        .containsExactly(
            new MomentSpec("first_moment", LAYOUT.size(), MomentSpec.Kind.SIGNED),
            new MomentSpec("second_moment", LAYOUT.size(), MomentSpec.Kind.SQUARE));
  }

  @Test
  void keepsWhatItDeclares() {
    List<MomentSpec> declared = InnerOptimizer.momentsOf(OptimizerSettings.DEFAULTS, LAYOUT);
    try (Kernels kernels = Kernels.named("vector");
        InnerOptimizer optimizer =
            InnerOptimizer.create(OptimizerSettings.DEFAULTS, LAYOUT, kernels)) {
      assertThat(optimizer.moments()).extracting(Moment::spec).isEqualTo(declared);
      for (Moment moment : optimizer.moments()) {
        assertThat(moment.values().size()).isEqualTo(moment.spec().size());
      }
    }
  }

  @Test
  void refusesAMomentWithoutElements() {
    assertThatThrownBy(() -> new MomentSpec("momentum", 0, MomentSpec.Kind.SIGNED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("moment 'momentum': expected a name and 1 element or more, found 0");
  }
}
