package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What kernels do to flat vectors, and what they refuse; layers have tests of their own. */
class KernelsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 33, 5000})
  void sumsSquares(int size) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.Pair x = pairs.numbers(size, 3);
        double expected = pairs.plain.sumOfSquares(x.plain());
        assertThat(pairs.fast.sumOfSquares(x.fast())).isCloseTo(expected, within(1e-6 * expected));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.kindling.kernels.TestedKernels#names")
  void updatesOnlyTheRangeItIsGiven(String name) {
    try (KernelPairs pairs = new KernelPairs(name)) {
      KernelPairs.Pair parameters = pairs.numbers(3000);
      KernelPairs.Pair gradients = pairs.numbers(3000);
      KernelPairs.Pair first = pairs.numbers(3000);
      KernelPairs.Pair second = pairs.numbers(3000, 0);
      pairs.both(
          side -> {
            AdamWUpdate update =
                update(side.of(parameters), side.of(gradients), side.of(first), side.of(second));
            side.kernels().adamW(update, AdamWUpdate.Range.of(16, 2051, 0.3));
          });
      parameters.same("parameters", 1e-5);
      first.same("first moment", 1e-6);
      second.same("second moment", 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("org.kindling.kernels.TestedKernels#names")
  void updatesSecondMomentsAtAPlaceOfTheirOwn(String name) {
    try (KernelPairs pairs = new KernelPairs(name)) {
      KernelPairs.Pair parameters = pairs.numbers(3000);
      KernelPairs.Pair gradients = pairs.numbers(3000);
      KernelPairs.Pair first = pairs.numbers(3000);
      KernelPairs.Pair second = pairs.numbers(1100, 0);
      pairs.both(
          side -> {
            AdamWUpdate update =
                update(side.of(parameters), side.of(gradients), side.of(first), side.of(second));
            side.kernels().adamW(update, new AdamWUpdate.Range(1500, 1077, 7, 0.3));
          });
      parameters.same("parameters", 1e-5);
      first.same("first moment", 1e-6);
      second.same("second moment", 1e-6);
    }
  }

  private static AdamWUpdate update(Tensor p, Tensor g, Tensor m, Tensor v) {
    return new AdamWUpdate(p, g, m, v, 0.5, 0.01, 0.9, 0.99, 1e-8, 2);
  }

  @ParameterizedTest
  @MethodSource("org.kindling.kernels.TestedKernels#names")
  void tensorsCopySliceAndClear(String name) {
    try (Kernels fast = Kernels.named(name);
        Tensor tensor = fast.allocate(40)) {
      tensor.write(5, new float[] {9, 1, 2, 3}, 1, 3);
      try (Tensor slice = tensor.slice(6, 10)) {
        float[] found = new float[4];
        slice.read(0, found, 1, 2);
        assertThat(found).containsExactly(0, 2, 3, 0);
        slice.write(9, new float[] {7}, 0, 1);
        try (Tensor inner = slice.slice(1, 2)) {
          inner.clear();
        }
      }
      float[] all = KernelPairs.values(tensor);
      assertThat(Arrays.copyOfRange(all, 4, 10)).containsExactly(0, 1, 2, 0, 0, 0);
      assertThat(all[15]).isEqualTo(7);
      assertThatThrownBy(() -> tensor.read(39, new float[2], 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> tensor.slice(39, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void countedTensorsHaveASizeAndNoMemory() {
    try (Kernels fast = Kernels.named("vector");
        Arena arena = Arena.counting(fast)) {
      Tensor tensor = arena.take(Arena.Role.SHARED, 1L << 40);
      assertThat(tensor.size()).isEqualTo(1L << 40);
      assertThat(arena.bytes(Arena.Role.SHARED)).isEqualTo(fast.tensorBytes(1L << 40));
      assertThat(arena.bytes(Arena.Role.TABLE)).isZero();
      assertThat(tensor.slice(5, 7).size()).isEqualTo(7);
      assertThatThrownBy(tensor::clear)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("tensor: was counted, not allocated");
      assertThatThrownBy(() -> tensor.slice(1L << 40, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void refusesUnknownNamesAndForeignTensors() {
    assertThatThrownBy(() -> Kernels.named("fast"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kernels: unknown kernels 'fast'; use auto, vector, nd4j or torch");
    try (Kernels fast = Kernels.named("vector");
        PlainKernels plain = new PlainKernels();
        Tensor foreign = plain.allocate(4);
        Tensor own = fast.allocate(4)) {
      assertThatThrownBy(() -> fast.activate(Activation.GELU, 1, 4, foreign, own))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "vector kernels: expected a tensor of their own, found PlainTensor; allocate it with"
                  + " the same kernels");
    }
  }

  @Test
  void everyVectorPassUsesOneThread() {
    try (KernelPairs pairs = new KernelPairs("vector")) {
      Parameter tokens = new Parameter(pairs.numbers(8).fast(), null);
      OpenMp.useThreads(2);
      Tensor out = pairs.numbers(4).fast();
      Embedding embedding = new Embedding(4, tokens, null);
      pairs.fast.embed(embedding, Sequences.whole(1, 1), new int[] {0}, out);
      assertThat(OpenMp.threads()).isEqualTo(1);
    }
  }

  @Test
  void autoChoosesVectorOnThisMachine() {
    try (Kernels kernels = Kernels.named("auto")) {
      assertThat(kernels.name()).isEqualTo("vector");
    }
  }
}
