package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.MatrixRange;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.PlainMuon;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;
import org.kindling.model.ParameterLayout.Init;
import org.kindling.model.ParameterLayout.Role;
import org.kindling.training.SmallTraining;

class MuonTest {
  private static final double RATE = 2e-2;

  private static final ParameterLayout LAYOUT =
      ParameterLayout.builder()
          .add("embedding", Role.EMBEDDING, Init.ZEROS, 9, 6)
          .add("qkv.weight", 6, 18)
          .divided(1, List.of(6, 4, 8))
          .add("qkv.bias", 18)
          .add("gates.weight", 8, 5)
          .divided(0, List.of(3, 5))
          .add("norm", Role.NORM, Init.ONES, 6)
          .add("down.weight", 7, 5)
          .add("head", Role.HEAD, Init.ZEROS, 9, 6)
          .build();

  private static final List<String> MATRICES = List.of("qkv.weight", "gates.weight", "down.weight");

  private static OptimizerSettings settings(double clipNorm, RateFactors factors) {
    return new OptimizerSettings(
        "muon", RATE, 0, "constant", 0, 0, 0.9, 0.99, 1e-8, 0.3, clipNorm, 0.8, factors);
  }

  /** Random numbers in the tensors, zeros in the gaps. */
  private static float[] random(long seed) {
    Random random = new Random(seed);
    float[] values = new float[(int) LAYOUT.size()];
    for (ParameterLayout.Entry entry : LAYOUT.entries()) {
      for (int i = 0; i < entry.elements(); i++) {
        values[(int) entry.offset() + i] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  private static Tensor tensor(Kernels kernels, float[] values) {
    Tensor tensor = kernels.allocate(values.length);
    tensor.write(0, values, 0, values.length);
    return tensor;
  }

  private static Kernels kernels(String name) {
    return name.equals("plain") ? new PlainKernels() : Kernels.named(name);
  }

  /** Takes steps with random gradients and returns the parameters; the optimizer goes with them. */
  private static float[] train(Kernels kernels, InnerOptimizer optimizer, int steps) {
    try (Tensor parameters = tensor(kernels, random(1));
        Tensor gradients = kernels.allocate(LAYOUT.size())) {
      for (int step = 1; step <= steps; step++) {
        float[] g = random(100 + step);
        gradients.write(0, g, 0, g.length);
        optimizer.step(parameters, gradients, RATE, step);
      }
      return values(parameters);
    }
  }

  /** Both algorithms, written down once more, one element or one matrix at a time. */
  private static final class Reference {
    private final OptimizerSettings settings;
    private final double[] p = new double[(int) LAYOUT.size()];
    private final double[] m = new double[p.length];
    private final double[] v = new double[p.length];

    Reference(OptimizerSettings settings) {
      this.settings = settings;
      float[] start = random(1);
      for (int i = 0; i < p.length; i++) {
        p[i] = start[i];
      }
    }

    void step(int step) {
      float[] g = random(100 + step);
      double norm = 0;
      for (float x : g) {
        norm += (double) x * x;
      }
      norm = Math.sqrt(norm);
      double clip = settings.clipNorm();
      double scale = clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1;
      for (ParameterLayout.Entry entry : LAYOUT.entries()) {
        double rate = RATE * settings.rateFactors().of(entry.role());
        if (MATRICES.contains(entry.name())) {
          entry.matrices().forEach(matrix -> muon(matrix, g, scale, rate));
        } else {
          boolean decays = entry.role() == Role.EMBEDDING || entry.role() == Role.HEAD;
          adamW(entry, g, scale, step, rate, decays ? 0.3 : 0);
        }
      }
    }

    private void muon(MatrixRange matrix, float[] g, double scale, double rate) {
      double[][] u = new double[matrix.rows()][matrix.columns()];
      for (int row = 0; row < matrix.rows(); row++) {
        for (int column = 0; column < matrix.columns(); column++) {
          int i = (int) matrix.from() + row * matrix.stride() + column;
          m[i] = 0.8 * m[i] + 0.2 * scale * g[i];
          u[row][column] = 0.8 * m[i] + 0.2 * scale * g[i];
        }
      }
      double[][] x = PlainMuon.orthogonalize(u);
      double length = 0.2 * Math.sqrt(Math.max(matrix.rows(), matrix.columns()));
      for (int row = 0; row < matrix.rows(); row++) {
        for (int column = 0; column < matrix.columns(); column++) {
          int i = (int) matrix.from() + row * matrix.stride() + column;
          p[i] -= rate * (length * x[row][column] + 0.3 * p[i]);
        }
      }
    }

    private void adamW(
        ParameterLayout.Entry entry, float[] g, double scale, int step, double rate, double decay) {
      for (int i = (int) entry.offset(); i < entry.offset() + entry.elements(); i++) {
        double x = g[i] * scale;
        m[i] = 0.9 * m[i] + 0.1 * x;
        v[i] = 0.99 * v[i] + 0.01 * x * x;
        double mHat = m[i] / (1 - Math.pow(0.9, step));
        double vHat = v[i] / (1 - Math.pow(0.99, step));
        p[i] -= rate * (mHat / (Math.sqrt(vHat) + 1e-8) + decay * p[i]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "vector", "nd4j"})
  void takesTheStepsOfThePapers(String name) {
    RateFactors factors = new RateFactors(0.5, 2, 3, 0.25, 1.5);
    for (double clipNorm : new double[] {0, 1}) {
      OptimizerSettings settings = settings(clipNorm, factors);
      try (Kernels kernels = kernels(name);
          InnerOptimizer optimizer = InnerOptimizer.create(settings, LAYOUT, kernels)) {
        float[] found = train(kernels, optimizer, 3);
        Reference expected = new Reference(settings);
        for (int step = 1; step <= 3; step++) {
          expected.step(step);
        }
        for (int i = 0; i < found.length; i++) {
          assertThat((double) found[i]).as("element %d", i).isCloseTo(expected.p[i], within(1e-5));
        }
      }
    }
  }

  @Test
  void keepsOneVectorAndSquaresOfWhatAdamWUpdates() {
    List<MomentSpec> moments = InnerOptimizer.momentsOf(settings(1, RateFactors.ONES), LAYOUT);
    // Embedding 54 in 64, bias 18 in 32, norm 6 in 16 and head 54 in 64.
    assertThat(moments)
        .containsExactly(
            new MomentSpec("momentum", LAYOUT.size(), MomentSpec.Kind.SIGNED),
            new MomentSpec("second_moment", 176, MomentSpec.Kind.SQUARE));
    ParameterLayout matrix = ParameterLayout.builder().add("weight", 4, 4).build();
    assertThat(InnerOptimizer.momentsOf(settings(1, RateFactors.ONES), matrix))
        .containsExactly(new MomentSpec("momentum", 16, MomentSpec.Kind.SIGNED));
  }

  /** To the bit: the same kernel on the same numbers, only their place differs. */
  @ParameterizedTest
  @ValueSource(strings = {"vector", "nd4j"})
  void compactSecondMomentEqualsThatOfAdamW(String name) {
    OptimizerSettings muon = settings(1, RateFactors.ONES);
    try (Kernels kernels = Kernels.named(name);
        InnerOptimizer mixed = InnerOptimizer.create(muon, LAYOUT, kernels);
        InnerOptimizer adamW = InnerOptimizer.create(muon.withKind("adamw"), LAYOUT, kernels)) {
      float[] parameters = train(kernels, mixed, 3);
      float[] expected = train(kernels, adamW, 3);
      float[] compact = values(mixed.moments().get(1).values());
      float[] full = values(adamW.moments().get(1).values());
      float[] firsts = values(mixed.moments().get(0).values());
      float[] expectedFirsts = values(adamW.moments().get(0).values());
      int at = 0;
      for (ParameterLayout.Entry entry : LAYOUT.entries()) {
        int from = (int) entry.offset();
        int to = from + (int) entry.elements();
        if (MATRICES.contains(entry.name())) {
          continue;
        }
        assertThat(Arrays.copyOfRange(compact, at, at + to - from))
            .as(entry.name())
            .isEqualTo(Arrays.copyOfRange(full, from, to));
        assertThat(Arrays.copyOfRange(firsts, from, to))
            .isEqualTo(Arrays.copyOfRange(expectedFirsts, from, to));
        assertThat(Arrays.copyOfRange(parameters, from, to))
            .isEqualTo(Arrays.copyOfRange(expected, from, to));
        at += (to - from + 15) / 16 * 16;
      }
      assertThat(at).isEqualTo(compact.length);
    }
  }

  @Test
  void momentsCarriedOverContinueBitForBit() {
    OptimizerSettings settings = settings(1, RateFactors.ONES);
    try (Kernels kernels = Kernels.named("vector");
        Tensor parameters = tensor(kernels, random(1));
        Tensor copy = kernels.allocate(LAYOUT.size());
        Tensor gradients = tensor(kernels, random(2));
        InnerOptimizer first = InnerOptimizer.create(settings, LAYOUT, kernels);
        InnerOptimizer second = InnerOptimizer.create(settings, LAYOUT, kernels)) {
      first.step(parameters, gradients, RATE, 1);
      copy.write(0, values(parameters), 0, (int) LAYOUT.size());
      for (int i = 0; i < 2; i++) {
        float[] moment = values(first.moments().get(i).values());
        second.moments().get(i).values().write(0, moment, 0, moment.length);
      }
      first.step(parameters, gradients, RATE, 2);
      second.step(copy, gradients, RATE, 2);
      assertThat(values(copy)).containsExactly(values(parameters));
    }
  }

  @Test
  void aRateOfZeroLeavesMatricesAsTheyAre() {
    RateFactors factors = new RateFactors(0, 1, 1, 1, 1);
    try (Kernels kernels = Kernels.named("vector");
        InnerOptimizer optimizer = InnerOptimizer.create(settings(1, factors), LAYOUT, kernels)) {
      float[] found = train(kernels, optimizer, 2);
      float[] start = random(1);
      for (ParameterLayout.Entry entry : LAYOUT.entries()) {
        int from = (int) entry.offset();
        int to = from + (int) entry.elements();
        boolean same = Arrays.equals(found, from, to, start, from, to);
        assertThat(same).as(entry.name()).isEqualTo(MATRICES.contains(entry.name()));
      }
    }
  }

  @Test
  void takesTheBytesThatItTells() {
    OptimizerSettings settings = settings(1, RateFactors.ONES);
    try (Kernels kernels = Kernels.named("vector")) {
      long before = OffHeapMemory.heldBytes();
      try (InnerOptimizer optimizer = InnerOptimizer.create(settings, LAYOUT, kernels)) {
        assertThat(OffHeapMemory.heldBytes() - before)
            .isEqualTo(InnerOptimizer.bytes(settings, LAYOUT, kernels));
        // The largest of the matrices is 6 × 8.
        assertThat(InnerOptimizer.bytes(settings, LAYOUT, kernels))
            .isEqualTo(4 * (LAYOUT.size() + 176 + 2 * 48 + 2 * 36) + 3 * 64);
        assertThat(optimizer.moments()).hasSize(2);
      }
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
    }
  }

  @Test
  void refusesGradientsThatAreNotNumbersAndModelsWithoutMatrices() {
    OptimizerSettings settings = settings(1, RateFactors.ONES);
    ParameterLayout none =
        ParameterLayout.builder().add("embedding", Role.EMBEDDING, Init.ZEROS, 4, 4).build();
    try (Kernels kernels = Kernels.named("vector");
        InnerOptimizer optimizer = InnerOptimizer.create(settings, LAYOUT, kernels);
        Tensor parameters = tensor(kernels, random(1));
        Tensor gradients = tensor(kernels, random(2))) {
      gradients.write(70, new float[] {Float.NaN}, 0, 1);
      assertThatThrownBy(() -> optimizer.step(parameters, gradients, RATE, 3))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageStartingWith("optimizer: the norm of the gradients is NaN at step 3");
      assertThat(values(parameters)).containsExactly(random(1));
      assertThatThrownBy(() -> InnerOptimizer.create(settings, none, kernels))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "optimizer.kind: muon updates the weights of layers, and the model has none; use"
                  + " adamw");
    }
  }

  /** In three quarters of its steps, at whatever rate suits AdamW best. */
  @Test
  void reachesTheLossOfAdamWInFewerSteps() {
    int steps = 40;
    try (Kernels kernels = Kernels.named("vector")) {
      double best = Double.MAX_VALUE;
      for (double rate : new double[] {4e-3, 8e-3, 16e-3}) {
        double[] losses =
            SmallTraining.of("gpt2", rate).losses(kernels, steps, OptimizerSettings.DEFAULTS);
        best = Math.min(best, lastLoss(losses));
      }
      double[] losses =
          SmallTraining.of("gpt2", 16e-3)
              .losses(kernels, steps * 3 / 4, OptimizerSettings.DEFAULTS.withKind("muon"));
      assertThat(lastLoss(losses)).isLessThan(best);
    }
  }

  /** The mean of the last ten. */
  private static double lastLoss(double[] losses) {
    return Arrays.stream(losses, losses.length - 10, losses.length).average().orElseThrow();
  }
}
