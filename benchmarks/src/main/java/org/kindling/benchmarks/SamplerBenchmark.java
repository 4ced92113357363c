package org.kindling.benchmarks;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.kindling.evaluation.Sampler;
import org.kindling.evaluation.SamplingSettings;
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
import org.openjdk.jmh.annotations.Warmup;

/** One token of one sequence, drawn from normally distributed logits. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1)
public class SamplerBenchmark {
  private static final int SEQUENCES = 32;

  /** What is drawn with. */
  public enum Drawing {
    GREEDY(SamplingSettings.greedy()),
    PLAIN(SamplingSettings.plain(1)),
    TOP_K(SamplingSettings.plain(1).withTopK(40)),
    TOP_P(SamplingSettings.plain(1).withTopP(0.95)),
    MIN_P(SamplingSettings.plain(1).withMinP(0.05)),
    ALL(new SamplingSettings(0.8, 50, 0.9, 0.02, 1.1, 1));

    private final SamplingSettings settings;

    Drawing(SamplingSettings settings) {
      this.settings = settings;
    }
  }

  @Param({"4096", "50000"})
  public int vocabulary;

  @Param public Drawing drawing;

  /** Standard deviation of the logits: of a model that knows nothing yet, and of a trained one. */
  @Param({"0.1", "3"})
  public double spread;

  private final float[][] logits = new float[SEQUENCES][];
  private final Sampler.Draws[] draws = new Sampler.Draws[SEQUENCES];
  private int next;

  /** Makes the logits of a batch, more than fit into a processor's nearest caches. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    Sampler sampler = new Sampler(drawing.settings, vocabulary);
    for (int i = 0; i < SEQUENCES; i++) {
      logits[i] = new float[vocabulary];
      for (int id = 0; id < vocabulary; id++) {
        logits[i][id] = (float) (random.nextGaussian() * spread);
      }
      draws[i] = sampler.sequence(i);
    }
  }

  @Benchmark
  public int draw() {
    next = (next + 1) % SEQUENCES;
    return draws[next].draw(logits[next]);
  }
}
