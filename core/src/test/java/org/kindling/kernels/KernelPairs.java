package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Fast kernels and the oracle side by side, on the same random numbers. */
final class KernelPairs implements AutoCloseable {
  final Kernels fast;
  final PlainKernels plain = new PlainKernels();
  final Random random = new Random(11);
  private final List<Tensor> tensors = new ArrayList<>();

  KernelPairs(String name) {
    this(Kernels.named(name));
  }

  /**
   * @param fast closed with the pairs
   */
  KernelPairs(Kernels fast) {
    this.fast = fast;
  }

  /** Two tensors that should hold the same. */
  record Pair(Tensor fast, Tensor plain) {
    /** Close relative to the largest element; NaN where the oracle left it. */
    void same(String what, double tolerance) {
      float[] found = values(fast);
      float[] expected = values(plain);
      double largest = 1e-3;
      for (float value : expected) {
        largest = Float.isNaN(value) ? largest : Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < found.length; i++) {
        assertThat((double) found[i])
            .as("%s[%d]", what, i)
            .isCloseTo(expected[i], within(tolerance * largest));
      }
    }
  }

  /** Two parameters, random values and gradients. */
  record ParameterPair(Pair value, Pair gradient) {}

  /** One of the two kernels, with its tensor of each pair. */
  record Side(Kernels kernels, boolean isFast) {
    Tensor of(Pair pair) {
      return isFast ? pair.fast() : pair.plain();
    }

    /** Null for null. */
    Parameter of(ParameterPair pair) {
      return pair == null
          ? null
          : new Parameter(of(pair.value()), pair.gradient() == null ? null : of(pair.gradient()));
    }

    Columns columns(Pair pair, int from, int stride) {
      return new Columns(of(pair), from, stride);
    }
  }

  /** Does the same with both. */
  void both(Consumer<Side> operation) {
    operation.accept(new Side(fast, true));
    operation.accept(new Side(plain, false));
  }

  Pair numbers(long size, double scale) {
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return pair(values);
  }

  Pair numbers(long size) {
    return numbers(size, 1);
  }

  /** What is to be overwritten: a number that is left shows, and one that is read spreads. */
  Pair garbage(long size) {
    float[] values = new float[Math.toIntExact(size)];
    Arrays.fill(values, Float.NaN);
    return pair(values);
  }

  /** A tensor of each, as long as each wants it, of garbage. */
  Pair garbage(long ofFast, long ofPlain) {
    return new Pair(garbage(ofFast).fast(), garbage(ofPlain).plain());
  }

  private Pair pair(float[] values) {
    Pair pair = new Pair(fast.allocate(values.length), plain.allocate(values.length));
    pair.fast().write(0, values, 0, values.length);
    pair.plain().write(0, values, 0, values.length);
    tensors.add(pair.fast());
    return pair;
  }

  ParameterPair parameter(long size) {
    return new ParameterPair(numbers(size), numbers(size));
  }

  static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  /**
   * Documents that begin at some positions of the first sequence, and one position later in each
   * sequence after it.
   *
   * @param begins positions between spaces; null if documents are not kept apart
   * @return as {@link Sequences#documents} wants them
   */
  static Sequences documents(int count, int length, String begins) {
    if (begins == null) {
      return Sequences.whole(count, length);
    }
    int[] starts = new int[count * length];
    List<Integer> all = Arrays.stream(begins.split(" ")).map(Integer::valueOf).toList();
    for (int row = 0; row < starts.length; row++) {
      int position = row % length;
      boolean begin = position == 0 || all.contains(position - row / length);
      starts[row] = begin ? position : starts[row - 1];
    }
    return Sequences.documents(count, length, starts);
  }

  @Override
  public void close() {
    tensors.forEach(Tensor::close);
    fast.close();
  }
}
