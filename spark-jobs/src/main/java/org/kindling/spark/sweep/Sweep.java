package org.kindling.spark.sweep;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.kindling.spark.progress.LiveBlock;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunListener;

/**
 * Trains the runs of a plan, several at a time, each on a thread of its own. A run that fails takes
 * nothing with it but the branches that wait for it.
 */
public final class Sweep {
  private final List<PlannedRun> runs;
  private final int slots;
  private final RunTrainer trainer;
  private final RunQueue queue;
  private final SweepProgress progress;
  private final Map<String, String> failures = new LinkedHashMap<>();

  /**
   * @param slots runs at the same time
   */
  public Sweep(List<PlannedRun> runs, int slots, RunTrainer trainer, Speed speed, LiveBlock block) {
    this.runs = runs;
    this.slots = slots;
    this.trainer = trainer;
    this.queue = new RunQueue(runs);
    this.progress = new SweepProgress(runs, slots, speed, block);
  }

  /**
   * Trains what is not finished yet.
   *
   * @return reasons by name of the runs that failed
   * @throws IllegalArgumentException if a run that was begun cannot be continued with its settings;
   *     nothing has been trained then
   */
  public Map<String, String> train() throws IOException {
    Map<String, RunTrainer.Standing> standings = new LinkedHashMap<>();
    for (PlannedRun run : runs) {
      standings.put(run.name(), trainer.look(run));
    }
    ExecutorService threads = Executors.newFixedThreadPool(slots);
    try {
      List<Future<?>> workers = new ArrayList<>();
      standings.forEach(
          (name, standing) ->
              standing.checkpoints().forEach(step -> queue.checkpointWritten(name, step)));
      for (int i = 0; i < slots; i++) {
        workers.add(threads.submit(() -> work(standings)));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the sweep was interrupted; run it again to go on", e);
    } finally {
      threads.shutdownNow();
    }
    progress.end();
    return failures;
  }

  private Void work(Map<String, RunTrainer.Standing> standings) throws InterruptedException {
    for (PlannedRun run = queue.next(); run != null; run = queue.next()) {
      if (standings.get(run.name()).finished()) {
        progress.finishedBefore(run);
        queue.finished(run.name());
      } else {
        train(run);
      }
    }
    return null;
  }

  private void train(PlannedRun run) throws InterruptedException {
    try {
      trainer.train(run, listener(run));
      queue.finished(run.name());
    } catch (Exception | Error e) {
      fail(run, reason(e));
      for (PlannedRun branch : queue.failed(run.name())) {
        fail(
            branch,
            run.name()
                + ", whose first steps it shares, failed before step "
                + branch.branchStep());
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
    }
  }

  private static String reason(Throwable e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    String line = message.lines().findFirst().orElse("");
    return line.isEmpty() ? e.getClass().getSimpleName() : line;
  }

  private void fail(PlannedRun run, String reason) {
    synchronized (failures) {
      failures.put(run.name(), reason);
    }
    progress.failed(run, reason);
  }

  private RunListener listener(PlannedRun run) {
    RunListener shown = progress.listener(run);
    return new RunListener() {
      @Override
      public void started(Progress from) {
        shown.started(from);
      }

      @Override
      public void roundFinished(Progress at, RoundMetrics metrics) {
        shown.roundFinished(at, metrics);
      }

      @Override
      public void checkpointWritten(Progress at) {
        queue.checkpointWritten(run.name(), at.step());
      }

      @Override
      public void message(String text) {
        shown.message(text);
      }
    };
  }
}
