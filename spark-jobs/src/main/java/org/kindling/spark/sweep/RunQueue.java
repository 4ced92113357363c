package org.kindling.spark.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Hands out the runs of a sweep: the longest first, so that none is left over at the end, and a
 * branch once the checkpoint that it starts from is there. Thread-safe.
 */
final class RunQueue {
  private final List<PlannedRun> waiting;
  private final Map<String, Set<Long>> checkpoints = new HashMap<>();
  private final Set<String> ended = new HashSet<>();

  RunQueue(List<PlannedRun> runs) {
    waiting = new ArrayList<>(runs);
    waiting.sort(Comparator.comparingDouble(PlannedRun::ownFlops).reversed());
  }

  /** The next run, as soon as there is one; null when all have been handed out. */
  synchronized PlannedRun next() throws InterruptedException {
    while (!waiting.isEmpty()) {
      for (Iterator<PlannedRun> it = waiting.iterator(); it.hasNext(); ) {
        PlannedRun run = it.next();
        if (isReady(run)) {
          it.remove();
          return run;
        }
      }
      wait();
    }
    return null;
  }

  private boolean isReady(PlannedRun run) {
    return run.prefixRun() == null || ended.contains(run.prefixRun()) || hasCheckpoint(run);
  }

  private boolean hasCheckpoint(PlannedRun branch) {
    return checkpoints.getOrDefault(branch.prefixRun(), Set.of()).contains(branch.branchStep());
  }

  synchronized void checkpointWritten(String run, long step) {
    checkpoints.computeIfAbsent(run, key -> new HashSet<>()).add(step);
    notifyAll();
  }

  /** A run has reached its end: whoever waits for it need not wait any longer. */
  synchronized void finished(String run) {
    ended.add(run);
    notifyAll();
  }

  /**
   * A run has failed.
   *
   * @return branches that would have started from a checkpoint it has not written; they are taken
   *     out
   */
  synchronized List<PlannedRun> failed(String run) {
    List<PlannedRun> lost = new ArrayList<>();
    for (Iterator<PlannedRun> it = waiting.iterator(); it.hasNext(); ) {
      PlannedRun branch = it.next();
      if (run.equals(branch.prefixRun()) && !hasCheckpoint(branch)) {
        it.remove();
        lost.add(branch);
      }
    }
    finished(run);
    return lost;
  }
}
