package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** lm_head and cross-entropy against the oracle. */
class HeadKernelsTest {
  private static float[] weights(KernelPairs pairs, int rows) {
    float[] weights = new float[rows];
    for (int row = 0; row < rows; row++) {
      weights[row] = row % 3 == 1 ? 0 : pairs.random.nextFloat() * 2;
    }
    return weights;
  }

  @ParameterizedTest
  @CsvSource({
    "67, 65, 48, 0, false",
    "7, 13, 20, 0, true",
    "1, 2, 3, 0, false",
    "1100, 33, 5, 0, true",
    "67, 65, 48, 3, false",
    "7, 13, 20, 30, true",
    "1, 2, 3, 0.5, false",
    "1100, 33, 5, 15, true",
    "3, 1, 4, 1, true"
  })
  void computesCrossEntropy(int rows, int vocabulary, int width, double softCap, boolean weighted) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.ParameterPair weight = pairs.parameter((long) vocabulary * width);
        KernelPairs.Pair scratch = pairs.garbage(pairs.fast.headScratch(vocabulary), 1);
        KernelPairs.Pair x = pairs.numbers((long) rows * width);
        KernelPairs.Pair dx = pairs.garbage((long) rows * width);
        KernelPairs.Pair logits = pairs.garbage((long) rows * vocabulary);
        int[] ids = pairs.random.ints(rows, 0, vocabulary).toArray();
        float[] weights = weighted ? weights(pairs, rows) : null;
        Kernels.Targets targets = new Kernels.Targets(ids, weights);
        double[] losses = new double[4];
        pairs.both(
            side -> {
              OutputHead head =
                  new OutputHead(vocabulary, width, side.of(weight), softCap, side.of(scratch));
              Tensor in = side.of(x);
              int at = side.isFast() ? 0 : 2;
              losses[at] = side.kernels().crossEntropy(head, rows, in, targets);
              losses[at + 1] =
                  side.kernels().crossEntropyBackward(head, rows, in, targets, 0.25f, side.of(dx));
              side.kernels().logits(head, rows, in, side.of(logits));
            });
        double tolerance = 1e-5 * Math.max(1, losses[2]);
        assertThat(losses[0]).as(name).isCloseTo(losses[2], within(tolerance));
        assertThat(losses[1]).as(name).isCloseTo(losses[3], within(tolerance));
        dx.same(name + ": dx", 1e-5);
        weight.gradient().same(name + ": weight", 1e-5);
        logits.same(name + ": logits", 1e-5);
      }
    }
  }

  /** What is predicted at weight 0 is of no consequence, to the last bit. */
  @ParameterizedTest
  @MethodSource("org.kindling.kernels.TestedKernels#names")
  void predictionsOfWeightZeroDoNotCount(String name) {
    float[] weights = {1, 0, 2, 0, 0.5f};
    try (KernelPairs pairs = new KernelPairs(name)) {
      Tensor weight = pairs.numbers(13 * 6, 3).fast();
      Tensor x = pairs.numbers(5 * 6, 3).fast();
      float[][] gradients = new float[2][];
      double[] losses = new double[2];
      int[][] ids = {{1, 2, 3, 4, 5}, {1, 12, 3, 0, 5}};
      for (int i = 0; i < 2; i++) {
        try (Tensor gradient = pairs.fast.allocate(13 * 6);
            Tensor dx = pairs.fast.allocate(5 * 6);
            Tensor scratch = pairs.fast.allocate(pairs.fast.headScratch(13))) {
          OutputHead head = new OutputHead(13, 6, new Parameter(weight, gradient), 0, scratch);
          Kernels.Targets targets = new Kernels.Targets(ids[i], weights);
          losses[i] = pairs.fast.crossEntropyBackward(head, 5, x, targets, 0.5f, dx);
          assertThat(pairs.fast.crossEntropy(head, 5, x, targets)).isEqualTo(losses[i]);
          assertThat(Arrays.copyOfRange(KernelPairs.values(dx), 6, 12)).containsOnly(0f);
          gradients[i] = KernelPairs.values(gradient);
        }
      }
      assertThat(losses[1]).isEqualTo(losses[0]);
      assertThat(gradients[1]).isEqualTo(gradients[0]);
    }
  }

  /** Large logits: without the cap one is certain, with it none is above e^cap times another. */
  @ParameterizedTest
  @MethodSource("org.kindling.kernels.TestedKernels#names")
  void theCapBoundsLogits(String name) {
    try (KernelPairs pairs = new KernelPairs(name)) {
      Tensor weight = pairs.numbers(33 * 4, 1000).fast();
      Tensor x = pairs.numbers(2 * 4, 1000).fast();
      Tensor logits = pairs.garbage(2 * 33).fast();
      Tensor scratch = pairs.garbage(pairs.fast.headScratch(33)).fast();
      OutputHead head = new OutputHead(33, 4, new Parameter(weight, weight), 20, scratch);
      pairs.fast.logits(head, 2, x, logits);
      for (float logit : KernelPairs.values(logits)) {
        assertThat(Math.abs(logit)).isLessThanOrEqualTo(20f);
      }
      Kernels.Targets targets = new Kernels.Targets(new int[] {3, 8}, null);
      assertThat(pairs.fast.crossEntropy(head, 2, x, targets)).isBetween(0.0, 2 * (40 + 3.5));
    }
  }
}
