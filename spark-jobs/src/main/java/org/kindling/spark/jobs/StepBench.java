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
import java.util.function.IntFunction;
import org.kindling.kernels.MatrixProductSpeed;
import org.kindling.kernels.Precision;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import picocli.CommandLine.Command;
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
  @Spec private CommandSpec spec;

  @Option(names = "--layers", defaultValue = "4", description = "Blocks (${DEFAULT-VALUE}).")
  private int layers;

  @Option(names = "--heads", defaultValue = "4", description = "Heads (${DEFAULT-VALUE}).")
  private int heads;

  @Option(names = "--width", defaultValue = "128", description = "Width (${DEFAULT-VALUE}).")
  private int width;

  @Option(names = "--context", defaultValue = "64", description = "Tokens (${DEFAULT-VALUE}).")
  private int context;

  @Option(names = "--vocabulary", defaultValue = "65", description = "Ids (${DEFAULT-VALUE}).")
  private int vocabulary;

  @Option(
      names = "--batch",
      defaultValue = "12",
      description = "Sequences per step and replica (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--steps",
      defaultValue = "50",
      description = "Timed steps per replica (${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--warmup-seconds",
      defaultValue = "10",
      description = "Untimed steps before, until code is compiled (${DEFAULT-VALUE}).")
  private double warmupSeconds;

  @Option(names = "--threads", defaultValue = "1", description = "Replicas (${DEFAULT-VALUE}).")
  private int threads;

  @Option(names = "--kernels", defaultValue = "auto", description = "${DEFAULT-VALUE} by default.")
  private String kernels;

  @Option(
      names = "--precision",
      defaultValue = "fp32",
      description = "fp32 or bf16 (${DEFAULT-VALUE}).")
  private String precision;

  @Override
  public Integer call() throws Exception {
    check();
    ModelSettings model = new ModelSettings("transformer", layers, heads, width, context, true);
    StepReplica.Task task =
        new StepReplica.Task(
            model,
            vocabulary,
            batch,
            steps,
            warmupSeconds,
            kernels,
            Precision.named("bench step: --precision", precision));
    CyclicBarrier start = new CyclicBarrier(threads);
    // Before and after: a machine's clock changes with time and neighbours.
    List<double[]> products =
        new ArrayList<>(onAllThreads(i -> () -> MatrixProductSpeed.gigaflops(start::await)));
    List<StepReplica.Times> replicas =
        onAllThreads(i -> () -> StepReplica.run(task, i, start::await));
    products.addAll(onAllThreads(i -> () -> MatrixProductSpeed.gigaflops(start::await)));
    spec.commandLine().getOut().println(report(model, replicas, products));
    return 0;
  }

  private void check() {
    positive("--vocabulary", vocabulary);
    positive("--batch", batch);
    positive("--steps", steps);
    positive("--threads", threads);
    if (!(warmupSeconds >= 0)) {
      throw new IllegalArgumentException(
          "bench step: --warmup-seconds: expected 0 or more, found " + warmupSeconds);
    }
  }

  private static void positive(String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "bench step: " + option + ": expected at least 1, found " + value);
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
      ModelSettings model, List<StepReplica.Times> replicas, List<double[]> products) {
    double tokensPerStep = (double) batch * context;
    double tokensPerSecond = 0;
    for (StepReplica.Times times : replicas) {
      tokensPerSecond += tokensPerStep * 1e3 / median(times.milliseconds());
    }
    double[] all =
        replicas.stream().flatMapToDouble(t -> Arrays.stream(t.milliseconds())).toArray();
    double gflops = tokensPerSecond * LanguageModels.trainingFlopsPerToken(model, vocabulary) / 1e9;
    double sgemm = threads * median(products.stream().flatMapToDouble(Arrays::stream).toArray());
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("medianStepMs", rounded(median(all)));
    json.put("tokensPerSecond", rounded(tokensPerSecond));
    json.put("gflops", rounded(gflops));
    json.put("sgemmGflops", rounded(sgemm));
    json.put("fractionOfSgemm", rounded(gflops / sgemm));
    echo(json, replicas.get(0));
    return json.toString();
  }

  private void echo(ObjectNode json, StepReplica.Times times) {
    json.put("warmupSteps", times.warmupSteps());
    json.put("firstStepMs", rounded(times.firstMilliseconds()));
    json.put("loss", times.loss());
    json.put("parameters", times.parameters());
    json.put("layers", layers).put("heads", heads).put("width", width);
    json.put("context", context).put("vocabulary", vocabulary).put("batch", batch);
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
