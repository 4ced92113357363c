package org.kindling.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.kindling.kernels.Activation;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Norm;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Rotation;
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
  /** Hidden width of the MLP, in widths. */
  private static final int HIDDEN = 4;

  /** Which model. */
  @Param({"A", "B"})
  public Configuration configuration;

  private final SplittableRandom random = new SplittableRandom(1);
  private final List<Tensor> tensors = new ArrayList<>();
  private Kernels kernels;
  private Linear up;
  private Norm norm;
  private Norm rmsNorm;
  private Norm.Activations normalized;
  private Rotation rotation;
  private Kernels.AttentionPass attention;
  private Kernels.AttentionInputs dAttention;
  private Tensor stream;
  private Tensor dStream;
  private Tensor hidden;
  private Tensor dHidden;

  /** Allocates everything and runs each forward pass once, for what backward passes read. */
  @Setup
  public void allocate() {
    kernels = Kernels.named("vector");
    int width = configuration.width();
    long elements = (long) configuration.rows() * width;
    up =
        new Linear(
            width,
            HIDDEN * width,
            Linear.Layout.INPUTS_FIRST,
            parameter((long) HIDDEN * width * width),
            parameter((long) HIDDEN * width));
    norm = new Norm(Norm.Kind.LAYER, width, 1e-5, parameter(width), parameter(width));
    rmsNorm = new Norm(Norm.Kind.RMS, width, 1e-5, parameter(width), null);
    normalized =
        new Norm.Activations(random(elements), random(elements), random(2L * configuration.rows()));
    stream = random(elements);
    dStream = random(elements);
    hidden = random(HIDDEN * elements);
    dHidden = random(HIDDEN * elements);
    dAttention = inputs(random(3 * elements), width);
    int half = configuration.heads().width() / 2;
    long angles = (long) configuration.sequences().computed() * half;
    rotation = new Rotation(half, random(angles), random(angles));
    attention =
        new Kernels.AttentionPass(
            inputs(random(3 * elements), width),
            random(kernels.attentionMemory(configuration.sequences(), configuration.heads())));
    attention();
    layerNorm();
  }

  private static Kernels.AttentionInputs inputs(Tensor all, int width) {
    return new Kernels.AttentionInputs(
        new Columns(all, 0, 3 * width),
        new Columns(all, width, 3 * width),
        new Columns(all, 2 * width, 3 * width));
  }

  private Parameter parameter(long elements) {
    return new Parameter(random(elements), random(elements));
  }

  /** Values around 0 with a standard deviation of 0.1. */
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
    kernels.linear(up, configuration.rows(), stream, hidden);
  }

  @Benchmark
  public void linearBackward() {
    kernels.linearBackward(up, configuration.rows(), stream, dHidden, dStream);
  }

  /** Scores, causal softmax and weighted sum of values, all heads. */
  @Benchmark
  public void attention() {
    kernels.attention(
        configuration.sequences(),
        configuration.heads(),
        attention.in(),
        attention.saved(),
        stream);
  }

  @Benchmark
  public void attentionBackward() {
    kernels.attentionBackward(
        configuration.sequences(), configuration.heads(), attention, dStream, dAttention);
  }

  /** Value and derivative over [rows, 4 width]. */
  @Benchmark
  public void gelu() {
    activate(Activation.GELU);
  }

  /** The same over [rows, 2 · 2 width], a gate and a factor. */
  @Benchmark
  public void swiglu() {
    activate(Activation.SWIGLU);
  }

  private void activate(Activation activation) {
    int width = HIDDEN * configuration.width() / activation.factors();
    kernels.activate(activation, configuration.rows(), width, hidden, dHidden);
  }

  /** Queries and keys of all heads. */
  @Benchmark
  public void rotate() {
    kernels.rotate(
        rotation,
        configuration.sequences(),
        2 * configuration.heads().count(),
        attention.in().queries());
  }

  @Benchmark
  public void rmsNorm() {
    kernels.normalize(rmsNorm, configuration.rows(), normalized);
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
