package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.MatrixProductSpeed;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.Precision;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kindling bench step}: the time of a whole training step (forward, backward, clipping,
 * AdamW) beside the speed of plain matrix products in the same process. Starts no Spark session.
 */
@Command(
    name = "step",
    mixinStandardHelpOptions = true,
    description = "Times training steps of independent replicas, one per thread.")
public final class StepBench implements Callable<Integer> {
  private static final String NAME = "bench step";

  @Spec private CommandSpec spec;

  @Mixin private BenchModel shape;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "12",
      description = "Sequences per step and replica (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "50",
      description = "Timed steps per replica (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--warmup-seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "Untimed steps before, until code is compiled (default: ${DEFAULT-VALUE}).")
  private double warmupSeconds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Replicas, each on a thread of its own (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto, vector or nd4j (default: ${DEFAULT-VALUE}).")
  private String kernels;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      description = "fp32 or bf16 (default: ${DEFAULT-VALUE}).")
  private String precision;

  @Override
  public Integer call() throws Exception {
    check();
    ModelSettings model = shape.settings();
    int vocabulary = shape.vocabulary(NAME);
    StepReplica.Task task =
        new StepReplica.Task(model, vocabulary, batch, steps, warmupSeconds, kernels, precision());
    long estimatedBytes = requireMemory(model, vocabulary);
    CyclicBarrier start = new CyclicBarrier(threads);
    // Before and after: a machine's clock changes with time and neighbours.
    List<MatrixProductSpeed> products =
        new ArrayList<>(onAllThreads(i -> () -> MatrixProductSpeed.measure(start::await)));
    OffHeapMemory.startPeak();
    List<StepReplica.Times> replicas =
        onAllThreads(i -> () -> StepReplica.run(task, i, start::await));
    Bytes bytes = new Bytes(OffHeapMemory.peakBytes(), estimatedBytes);
    products.addAll(onAllThreads(i -> () -> MatrixProductSpeed.measure(start::await)));
    spec.commandLine().getOut().println(report(model, replicas, products, bytes));
    return 0;
  }

  private Precision precision() {
    return Precision.named(NAME + ": --precision", precision);
  }

  /** Outside the heap, of all replicas. */
  private record Bytes(long peak, long estimated) {}

  /** Returns what all replicas together will take. */
  private long requireMemory(ModelSettings model, int vocabulary) {
    try (Kernels named = Kernels.named(kernels, precision())) {
      long one = LanguageModels.memory(model, vocabulary, batch, named).trainingBytes();
      long all = Math.multiplyExact(threads, one);
      String remedy = "lower --batch, --context, --layers, --width or --threads";
      OffHeapMemory.require(named, NAME, all, remedy);
      return all;
    }
  }

  private void check() {
    BenchModel.requirePositive(NAME, "--batch", batch);
    BenchModel.requirePositive(NAME, "--steps", steps);
    BenchModel.requirePositive(NAME, "--threads", threads);
    if (!(warmupSeconds >= 0)) {
      throw new IllegalArgumentException(
          NAME + ": --warmup-seconds: expected 0 or more, found " + warmupSeconds);
    }
  }

  private <T> List<T> onAllThreads(IntFunction<Callable<T>> work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        futures.add(executor.submit(work.apply(i)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      executor.shutdownNow();
    }
  }

  private String report(
      ModelSettings model,
      List<StepReplica.Times> replicas,
      List<MatrixProductSpeed> products,
      Bytes bytes) {
    double tokensPerStep = (double) batch * model.context();
    double tokensPerSecond = 0;
    for (StepReplica.Times times : replicas) {
      tokensPerSecond += tokensPerStep * 1e3 / median(times.milliseconds());
    }
    double[] all =
        replicas.stream().flatMapToDouble(t -> Arrays.stream(t.milliseconds())).toArray();
    double gflops =
        tokensPerSecond * LanguageModels.trainingFlopsPerToken(model, shape.vocabulary(NAME)) / 1e9;
    double sgemm = gflops(products, MatrixProductSpeed::openBlasGflops);
    double ownSgemm = gflops(products, MatrixProductSpeed::ownGflops);
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("medianStepMs", rounded(median(all)));
    json.put("tokensPerSecond", rounded(tokensPerSecond));
    json.put("gflops", rounded(gflops));
    json.put("sgemmGflops", rounded(sgemm));
    json.put("fractionOfSgemm", rounded(gflops / sgemm));
    json.put("ownSgemmGflops", rounded(ownSgemm));
    json.put("fractionOfOwnSgemm", rounded(gflops / ownSgemm));
    json.put("peakBytes", bytes.peak());
    json.put("estimatedBytes", bytes.estimated());
    shape.echo(json);
    echo(json, replicas.get(0));
    return json.toString();
  }

  /** Of all threads together. */
  private double gflops(
      List<MatrixProductSpeed> products, Function<MatrixProductSpeed, double[]> library) {
    return threads
        * median(products.stream().map(library).flatMapToDouble(Arrays::stream).toArray());
  }

  private void echo(ObjectNode json, StepReplica.Times times) {
    json.put("warmupSteps", times.warmupSteps());
    json.put("firstStepMs", rounded(times.firstMilliseconds()));
    json.put("loss", times.loss());
    json.put("parameters", times.parameters());
    json.put("batch", batch).put("steps", steps).put("threads", threads);
    json.put("kernels", times.kernels()).put("precision", times.precision().label());
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
