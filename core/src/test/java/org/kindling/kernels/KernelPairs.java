package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Fast kernels and the oracle side by side, on the same random numbers. */
public final class KernelPairs implements AutoCloseable {
  public final Kernels fast;
  public final PlainKernels plain = new PlainKernels();
  public final Random random = new Random(11);
  private final List<Tensor> tensors = new ArrayList<>();

  public KernelPairs(String name) {
    this(Kernels.named(name));
  }

  /**
   * @param fast closed with the pairs
   */
  public KernelPairs(Kernels fast) {
    this.fast = fast;
  }

  /** Two tensors that should hold the same. */
  public record Pair(Tensor fast, Tensor plain) {
    /** Close relative to the largest element; NaN where the oracle left it. */
    public void same(String what, double tolerance) {
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

    /** Norm of the difference by the norm of the oracle's; what the oracle left NaN must be so. */
    public void near(String what, double tolerance) {
      float[] found = values(fast);
      float[] expected = values(plain);
      double difference = 0;
      double norm = 0;
      for (int i = 0; i < found.length; i++) {
        if (Float.isNaN(expected[i])) {
          assertThat(found[i]).as("%s[%d]", what, i).isNaN();
        } else {
          difference += Math.pow((double) found[i] - expected[i], 2);
          norm += Math.pow(expected[i], 2);
        }
      }
      assertThat(Math.sqrt(difference))
          .as("%s, norm of the difference where the norm is %s", what, Math.sqrt(norm))
          .isLessThanOrEqualTo(tolerance * Math.sqrt(norm));
    }
  }

  /** Two parameters, random values and gradients. */
  public record ParameterPair(Pair value, Pair gradient) {}

  /** One of the two kernels, with its tensor of each pair. */
  public record Side(Kernels kernels, boolean isFast) {
    public Tensor of(Pair pair) {
      return isFast ? pair.fast() : pair.plain();
    }

    /** Null for null. */
    public Parameter of(ParameterPair pair) {
      return pair == null
          ? null
          : new Parameter(of(pair.value()), pair.gradient() == null ? null : of(pair.gradient()));
    }

    public Columns columns(Pair pair, int from, int stride) {
      return new Columns(of(pair), from, stride);
    }
  }

  /** Does the same with both. */
  public void both(Consumer<Side> operation) {
    operation.accept(new Side(fast, true));
    operation.accept(new Side(plain, false));
  }

  public Pair numbers(long size, double scale) {
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return pair(values);
  }

  public Pair numbers(long size) {
    return numbers(size, 1);
  }

  /** What is to be overwritten: a number that is left shows, and one that is read spreads. */
  public Pair garbage(long size) {
    float[] values = new float[Math.toIntExact(size)];
    Arrays.fill(values, Float.NaN);
    return pair(values);
  }

  /** A tensor of each, as long as each wants it, of garbage. */
  public Pair garbage(long ofFast, long ofPlain) {
    return new Pair(garbage(ofFast).fast(), garbage(ofPlain).plain());
  }

  private Pair pair(float[] values) {
    Pair pair = new Pair(fast.allocate(values.length), plain.allocate(values.length));
    pair.fast().write(0, values, 0, values.length);
    pair.plain().write(0, values, 0, values.length);
    tensors.add(pair.fast());
    return pair;
  }

  public ParameterPair parameter(long size) {
    return new ParameterPair(numbers(size), numbers(size));
  }

  public static float[] values(Tensor tensor) {
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
  public static Sequences documents(int count, int length, String begins) {
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
