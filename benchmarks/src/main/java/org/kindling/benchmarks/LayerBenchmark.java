package org.kindling.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.LayerNorm;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Each layer of a transformer's block by itself, on one thread, over a whole batch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class LayerBenchmark {
  /** Hidden layer of the perceptron, in widths. */
  private static final int EXPANSION = 4;

  /** Which model. */
  @Param({"A", "B"})
  public Configuration configuration;

  private final SplittableRandom random = new SplittableRandom(1);
  private final List<Tensor> tensors = new ArrayList<>();
  private Kernels kernels;
  private Linear expansion;
  private LayerNorm norm;
  private LayerNorm.Activations normalized;
  private Kernels.AttentionTensors attention;
  private Tensor stream;
  private Tensor dStream;
  private Tensor hidden;
  private Tensor dHidden;
  private Tensor dQkv;

  /** Allocates everything and runs each forward pass once, for what backward passes read. */
  @Setup
  public void allocate() {
    kernels = Kernels.named("vector");
    int width = configuration.width();
    long elements = (long) configuration.rows() * width;
    expansion =
        new Linear(
            width,
            EXPANSION * width,
            parameter((long) EXPANSION * width * width),
            parameter((long) EXPANSION * width));
    norm = new LayerNorm(width, parameter(width), parameter(width));
    normalized =
        new LayerNorm.Activations(
            random(elements), random(elements), random(2L * configuration.rows()));
    stream = random(elements);
    dStream = random(elements);
    hidden = random(EXPANSION * elements);
    dHidden = random(EXPANSION * elements);
    dQkv = random(3 * elements);
    attention =
        new Kernels.AttentionTensors(
            random(3 * elements),
            random(kernels.attentionMemory(configuration.sequences(), configuration.heads())));
    attention();
    layerNorm();
  }

  private Parameter parameter(long elements) {
    return new Parameter(random(elements), random(elements));
  }

  /** Values around 0 with a deviation of 0.1. */
  private Tensor random(long elements) {
    Tensor tensor = kernels.allocate(elements);
    tensors.add(tensor);
    float[] values = new float[Math.toIntExact(elements)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.1 * random.nextGaussian());
    }
    tensor.write(0, values, 0, values.length);
    return tensor;
  }

  @TearDown
  public void close() {
    tensors.forEach(Tensor::close);
    kernels.close();
  }

  /** [rows, width] · [width, 4 width], the largest matrix product of a block. */
  @Benchmark
  public void linear() {
    kernels.linear(expansion, configuration.rows(), stream, hidden);
  }

  @Benchmark
  public void linearBackward() {
    kernels.linearBackward(expansion, configuration.rows(), stream, dHidden, dStream);
  }

  /** Scores, causal softmax and weighted sum of values, all heads. */
  @Benchmark
  public void attention() {
    kernels.attention(
        configuration.sequences(),
        configuration.heads(),
        attention.qkv(),
        attention.saved(),
        stream);
  }

  @Benchmark
  public void attentionBackward() {
    kernels.attentionBackward(
        configuration.sequences(), configuration.heads(), attention, dStream, dQkv);
  }

  /** Value and derivative over [rows, 4 width]. */
  @Benchmark
  public void gelu() {
    kernels.gelu(hidden.size(), hidden, dHidden);
  }

  @Benchmark
  public void layerNorm() {
    kernels.normalize(norm, configuration.rows(), normalized);
  }

  @Benchmark
  public void layerNormBackward() {
    kernels.normalizeBackward(norm, configuration.rows(), normalized, stream, dStream);
  }

  /** The result of the last forward attention, [rows, width]; for tests. */
  float[] attentionOutput() {
    float[] values = new float[Math.toIntExact(stream.size())];
    stream.read(0, values, 0, values.length);
    return values;
  }
}
