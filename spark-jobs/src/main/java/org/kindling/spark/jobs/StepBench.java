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
import org.kindling.model.Activations;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.OptimizerSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kindling bench step}: the time of a whole training step (forward, backward, clipping,
 * optimizer) beside the speed of plain matrix products in the same process. Starts no Spark
 * session.
 */
@Command(
    name = "step",
    mixinStandardHelpOptions = true,
    description = "Times training steps of independent replicas, one per thread.")
public final class StepBench implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelOptions modelOptions;

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

  @Mixin private BenchKernels kernels;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      description = "fp32 or bf16 (default: ${DEFAULT-VALUE}).")
  private String precision;

  @Option(
      names = "--recompute",
      paramLabel = "NAME",
      defaultValue = "none",
      description = "none or blocks, as training.recompute (default: ${DEFAULT-VALUE}).")
  private String recompute;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adamw",
      description = "adamw or muon, as optimizer.kind (default: ${DEFAULT-VALUE}).")
  private String optimizer;

  @Override
  public Integer call() throws Exception {
    check();
    ModelSettings model = modelOptions.settings("bench step");
    int vocabulary = modelOptions.vocabulary();
    StepReplica.Task task =
        new StepReplica.Task(
            model,
            vocabulary,
            new StepReplica.Work(batch, steps, warmupSeconds),
            kernels.wanted("bench step"),
            precision(),
            Activations.ofSetting(recompute),
            OptimizerSettings.DEFAULTS.withKind(optimizer));
    long estimatedBytes = requireMemory(model);
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
    return Precision.named("bench step: --precision", precision);
  }

  /** Outside the heap, of all replicas. */
  private record Bytes(long peak, long estimated) {}

  /** Returns what all replicas together will take. */
  private long requireMemory(ModelSettings model) {
    try (Kernels named = Kernels.named(kernels.wanted("bench step"), precision())) {
      long one =
          LanguageModels.memory(
                  model, modelOptions.vocabulary(), batch, named, Activations.ofSetting(recompute))
              .trainingBytes(optimizerBytes(model, named));
      long all = Math.multiplyExact(threads, one);
      String remedy = "lower --batch, --context, --layers, --width or --threads";
      OffHeapMemory.require(named, "bench step", all, remedy);
      return all;
    }
  }

  private long optimizerBytes(ModelSettings model, Kernels named) {
    return InnerOptimizer.bytes(
        OptimizerSettings.DEFAULTS.withKind(optimizer),
        LanguageModels.layout(model, modelOptions.vocabulary()),
        named);
  }

  private void check() {
    ModelOptions.requirePositive("bench step", "--batch", batch);
    ModelOptions.requirePositive("bench step", "--steps", steps);
    ModelOptions.requirePositive("bench step", "--threads", threads);
    if (!(warmupSeconds >= 0)) {
      throw new IllegalArgumentException(
          "bench step: --warmup-seconds: expected 0 or more, found " + warmupSeconds);
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
    double[] all = all(replicas, StepReplica.Times::milliseconds);
    double gflops =
        tokensPerSecond
            * LanguageModels.trainingFlopsPerToken(model, modelOptions.vocabulary())
            / 1e9;
    double sgemm = gflops(products, MatrixProductSpeed::openBlasGflops);
    double ownSgemm = gflops(products, MatrixProductSpeed::ownGflops);
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("medianStepMs", rounded(median(all)));
    json.put("medianStepCpuMs", rounded(median(all(replicas, StepReplica.Times::cpuMilliseconds))));
    json.put("tokensPerSecond", rounded(tokensPerSecond));
    json.put("gflops", rounded(gflops));
    json.put("sgemmGflops", rounded(sgemm));
    json.put("fractionOfSgemm", rounded(gflops / sgemm));
    json.put("ownSgemmGflops", rounded(ownSgemm));
    json.put("fractionOfOwnSgemm", rounded(gflops / ownSgemm));
    json.put("peakBytes", bytes.peak());
    json.put("estimatedBytes", bytes.estimated());
    echo(json, model, replicas.get(0));
    return json.toString();
  }

  private static double[] all(
      List<StepReplica.Times> replicas, Function<StepReplica.Times, double[]> times) {
    return replicas.stream().map(times).flatMapToDouble(Arrays::stream).toArray();
  }

  /** Of all threads together. */
  private double gflops(
      List<MatrixProductSpeed> products, Function<MatrixProductSpeed, double[]> library) {
    return threads
        * median(products.stream().map(library).flatMapToDouble(Arrays::stream).toArray());
  }

  private void echo(ObjectNode json, ModelSettings model, StepReplica.Times times) {
    json.put("warmupSteps", times.warmupSteps());
    json.put("firstStepMs", rounded(times.firstMilliseconds()));
    json.put("loss", times.loss());
    json.put("parameters", times.parameters());
    json.put("architecture", model.architecture()).put("layers", model.layers());
    json.put("heads", model.heads()).put("kvHeads", model.kvHeads()).put("width", model.width());
    json.put("hidden", model.hidden()).put("context", model.context());
    json.put("vocabulary", modelOptions.vocabulary()).put("batch", batch);
    json.put("recompute", recompute).put("optimizer", optimizer);
    json.put("steps", steps).put("threads", threads);
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
