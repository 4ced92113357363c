package org.kindling.spark.jobs;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.OptimizerSettings;

/** One thread's model, optimizer and clock in {@link StepBench}. */
final class StepReplica {
  /** What to time; the same for every replica. */
  record Task(
      ModelSettings model,
      int vocabulary,
      Work work,
      KernelsWanted kernels,
      Precision precision,
      Activations activations,
      OptimizerSettings optimizer) {
    int batch() {
      return work.batch();
    }
  }

  /**
   * How much to do.
   *
   * @param batch sequences per step
   * @param steps timed ones
   * @param warmupSeconds of steps before
   */
  record Work(int batch, int steps, double warmupSeconds) {}

  /**
   * What was timed.
   *
   * @param cpuMilliseconds of the replica's own thread, which other programs' load leaves alone
   * @param loss of the last step, in nats: a sign that the steps did learn
   * @param precision of the kernels, which may not be the one asked for
   */
  record Times(
      double[] milliseconds,
      double[] cpuMilliseconds,
      double firstMilliseconds,
      int warmupSteps,
      double loss,
      long parameters,
      String kernels,
      Precision precision) {}

  private static final int FEWEST_WARMUP_STEPS = 3;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final LanguageModel model;
  private final InnerOptimizer optimizer;
  private final TokenBatch batch;
  private double loss;
  private long step;

  private StepReplica(LanguageModel model, InnerOptimizer optimizer, TokenBatch batch) {
    this.model = model;
    this.optimizer = optimizer;
    this.batch = batch;
  }

  /**
   * @param seed of parameters and tokens
   * @param together returns once every replica is warm
   */
  static Times run(Task task, int seed, Callable<?> together) throws Exception {
    try (Kernels kernels = Kernels.named(task.kernels(), task.precision());
        LanguageModel model =
            LanguageModels.create(
                task.model(), task.vocabulary(), task.batch(), kernels, task.activations());
        InnerOptimizer optimizer =
            InnerOptimizer.create(task.optimizer(), model.layout(), kernels)) {
      model.initialize(seed);
      StepReplica replica = new StepReplica(model, optimizer, randomBatch(task, seed));
      double first = replica.milliseconds();
      replica.warmUp(task.work().warmupSeconds());
      int warmupSteps = (int) replica.step;
      together.call();
      double[] times = new double[task.work().steps()];
      double[] cpuTimes = new double[times.length];
      for (int i = 0; i < times.length; i++) {
        long cpu = THREADS.getCurrentThreadCpuTime();
        times[i] = replica.milliseconds();
        cpuTimes[i] = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e6;
      }
      long parameters = model.layout().parameters();
      return new Times(
          times,
          cpuTimes,
          first,
          warmupSteps,
          replica.loss,
          parameters,
          kernels.name(),
          kernels.precision());
    }
  }

  private static TokenBatch randomBatch(Task task, int seed) {
    Random random = new Random(seed);
    int length = task.model().context();
    int[] ids = random.ints((long) task.batch() * length + 1, 0, task.vocabulary()).toArray();
    int[] targets = Arrays.copyOfRange(ids, 1, ids.length);
    return new TokenBatch(task.batch(), length, ids, targets);
  }

  private void warmUp(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (step < FEWEST_WARMUP_STEPS || System.nanoTime() < end) {
      milliseconds();
    }
  }

  /** Takes one step and returns how long it took. */
  private double milliseconds() {
    long start = System.nanoTime();
    step++;
    model.gradients().clear();
    loss = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
    double rate = OptimizerSettings.DEFAULTS.learningRate();
    optimizer.step(model.parameters(), model.gradients(), rate, step);
    return (System.nanoTime() - start) / 1e6;
  }
}
