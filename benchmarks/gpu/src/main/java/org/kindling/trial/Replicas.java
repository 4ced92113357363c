package org.kindling.trial;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.kindling.kernels.Precision;
import org.kindling.model.TokenBatch;

/** What 1, 2 and 4 replicas of a small model do together on one device, a thread each. */
final class Replicas implements Work {
  private static final List<Integer> COUNTS = List.of(1, 2, 4);
  private static final int STEPS = 40;
  private static final int WARMUP_STEPS = 5;
  private static final double WARMUP_SECONDS = 2;

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    Shape shape = setting.sizes().replicas();
    if (!setting.has(Precision.BF16, shape.name() + " in bf16", rows)) {
      return;
    }
    double one = 0;
    for (int count : COUNTS) {
      double speed = tokensPerSecond(setting, shape, count);
      one = count == 1 ? speed : one;
      rows.measured(
          shape.name() + " in bf16, replicas: " + count,
          String.format("%,.0f tokens/s together, %.2f times one", speed, speed / one),
          Map.of("replicas", count, "tokensPerSecond", speed, "timesOne", speed / one));
    }
  }

  private static double tokensPerSecond(Setting setting, Shape shape, int count) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    CyclicBarrier together = new CyclicBarrier(count);
    try {
      List<Future<Double>> seconds = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        seconds.add(threads.submit(() -> seconds(setting, shape, together)));
      }
      double longest = 0;
      for (Future<Double> future : seconds) {
        longest = Math.max(longest, future.get());
      }
      return count * STEPS * shape.tokens() / longest;
    } finally {
      threads.shutdownNow();
    }
  }

  /** From the moment that all are warm to the end of this one's steps. */
  private static double seconds(Setting setting, Shape shape, CyclicBarrier together)
      throws Exception {
    TokenBatch batch = Replica.randomBatch(shape);
    try (Replica replica = Replica.open(setting.wanted(), Precision.BF16, shape)) {
      long warm = System.nanoTime() + (long) (WARMUP_SECONDS * 1e9);
      for (int i = 0; i < WARMUP_STEPS || System.nanoTime() < warm; i++) {
        replica.step(batch);
      }
      together.await();
      long start = System.nanoTime();
      for (int i = 0; i < STEPS; i++) {
        replica.step(batch);
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }
}
