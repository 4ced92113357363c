package org.kindling.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.kindling.training.Quorum;
import org.kindling.training.RoundPlan;
import org.kindling.training.StateLostException;

/**
 * The training of one round as a queue of events: a worker is done, an executor is lost, the time
 * of those who are late is over. Used once.
 */
final class SimulatedTraining {
  /** How long after the expected end losses are drawn for, in expected rounds. */
  private static final double HORIZON = 20;

  private enum Kind {
    DONE,
    LOST,
    DEADLINE
  }

  /** Events at the same time are in the order of workers. */
  private record Event(double seconds, Kind kind, int worker, int attempt)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Double.compare(seconds, other.seconds);
      return byTime != 0 ? byTime : Integer.compare(worker, other.worker);
    }
  }

  private final RoundPlan plan;
  private final RoundModel model;
  private final VirtualExecutors executors;
  private final VirtualCluster cluster;
  private final SimulationTally tally;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final double gatherSeconds;
  private final double newcomerSeconds;

  private final int[] attempts;
  private final double[] begun;
  private final boolean[] done;
  private int doneCount;
  private int newcomers;
  private double horizon;

  /** When the links of those who send whole states are free again. */
  private double sendersFree;

  private double doneAt;
  private double nowSeconds;
  private List<Integer> counted = List.of();
  private final List<Event> losses = new ArrayList<>();

  SimulatedTraining(
      RoundPlan plan,
      RoundModel model,
      VirtualExecutors executors,
      VirtualCluster cluster,
      SimulationTally tally) {
    this.plan = plan;
    this.model = model;
    this.executors = executors;
    this.cluster = cluster;
    this.tally = tally;
    this.gatherSeconds = model.seconds(model.gather());
    this.newcomerSeconds = model.newcomerSeconds();
    this.attempts = new int[plan.workers()];
    this.begun = new double[plan.workers()];
    this.done = new boolean[plan.workers()];
  }

  /**
   * Trains.
   *
   * @param start when the driver begins to start tasks
   * @param quorum null if everyone has to be done
   */
  SimulatedTraining run(double start, Quorum quorum) throws IOException {
    double expected = model.time(plan.steps() * cluster.stepSeconds()).roundSeconds();
    horizon = start + HORIZON * (expected + cluster.replaceSeconds());
    double first = model.launchSeconds(0);
    double task = plan.workers() > 1 ? model.launchSeconds(1) - first : 0;
    boolean isRepeat = quorum != null && quorum.decided().isPresent();
    List<Integer> all = IntStream.range(0, plan.workers()).boxed().toList();
    List<Integer> started = isRepeat ? quorum.decided().get() : all;
    for (int w : started) {
      launch(w, start + first + w * task, start);
    }
    int least = quorum == null || isRepeat ? started.size() : quorum.least();
    double grace = least == started.size() ? 0 : quorum.grace().toNanos() / 1e9;
    boolean hasDeadline = false;
    while (doneCount < started.size()) {
      Event event = events.remove();
      doneAt = event.seconds();
      if (event.kind() == Kind.DEADLINE) {
        break;
      }
      handle(event);
      if (!hasDeadline && least < started.size() && doneCount >= least) {
        hasDeadline = true;
        events.add(new Event(doneAt + grace, Kind.DEADLINE, plan.workers(), 0));
      }
    }
    counted = all.stream().filter(w -> done[w]).toList();
    if (quorum != null && !isRepeat) {
      quorum.decide(counted);
    }
    return this;
  }

  /** Starts a worker's task, on an executor that has the state or has to gather it whole. */
  private void launch(int worker, double at, double lossesFrom) {
    double ready = at + gatherSeconds;
    if (executors.isNew(worker)) {
      newcomers++;
      sendersFree = Math.max(sendersFree, at) + model.newcomerLinkSeconds();
      ready = Math.max(at + newcomerSeconds, sendersFree) + gatherSeconds;
      executors.settle(worker);
    }
    begun[worker] = at;
    double end = ready + executors.trainingSeconds(worker, plan.steps());
    events.add(new Event(end, Kind.DONE, worker, attempts[worker]));
    double loss = executors.nextLoss(worker, lossesFrom);
    if (loss < horizon) {
      events.add(new Event(loss, Kind.LOST, worker, attempts[worker]));
    }
  }

  private void handle(Event event) throws StateLostException {
    int worker = event.worker();
    if (event.attempt() != attempts[worker]) {
      return;
    }
    if (event.kind() == Kind.DONE) {
      done[worker] = true;
      doneCount++;
      return;
    }
    if (done[worker]) {
      done[worker] = false;
      doneCount--;
    }
    double now = event.seconds();
    tally.lostWork(Math.max(0, now - begun[worker]));
    lose(worker, now);
    attempts[worker]++;
    losses.add(event);
    launch(worker, now + cluster.replaceSeconds(), now + cluster.replaceSeconds());
  }

  /**
   * @throws StateLostException if the executor had the only copy of a shard
   */
  private void lose(int executor, double now) throws StateLostException {
    Placement placement = model.bytes().placement();
    double window = cluster.replaceSeconds() + model.restoringSeconds();
    tally.loss();
    nowSeconds = now;
    int far = (placement.executors() + 1) / 2;
    int after = (executor + far) % placement.executors();
    int before = (executor - far + placement.executors()) % placement.executors();
    boolean isLost =
        executor < placement.shards() && isWithoutCopy(after, executor, now, window)
            || before < placement.shards() && isWithoutCopy(before, executor, now, window);
    executors.lose(executor, now);
    if (isLost) {
      tally.stateLost();
      throw new StateLostException(
          String.format(
              "executor %d was lost, and with it the last copy of a shard, in round %d",
              executor, plan.round()),
          null);
    }
  }

  private boolean isWithoutCopy(int other, int executor, double now, double window) {
    return other == executor || now - executors.lostAt(other) < window;
  }

  /** When all who count were done, or their time was over. */
  double doneAt() {
    return doneAt;
  }

  /** When the last executor was lost. */
  double nowSeconds() {
    return nowSeconds;
  }

  /**
   * @throws IllegalArgumentException if executors are lost faster than their work is made again
   */
  void requireEnd(double end) {
    if (end > horizon) {
      throw new IllegalArgumentException(
          String.format(
              "simulation: round %d of %d workers comes to no end: executors are lost faster than"
                  + " their work is made again; use fewer workers or executors that live longer",
              plan.round(), plan.workers()));
    }
  }

  /** Workers that count, ascending. */
  List<Integer> counted() {
    return counted;
  }

  int newcomers() {
    return newcomers;
  }

  /** Of a worker's training. */
  double seconds(int worker) {
    return executors.trainingSeconds(worker, plan.steps());
  }

  /** Of all who count. */
  double countedSeconds() {
    return counted.stream().mapToDouble(this::seconds).sum();
  }

  double longestTraining() {
    return counted.stream().mapToDouble(this::seconds).max().orElse(0);
  }

  /**
   * When results are averaged: whose executor is lost before has to train again.
   *
   * @param start of the averaging
   * @param seconds that it takes
   */
  double averagedAt(double start, double seconds) throws StateLostException {
    double end = start + seconds;
    double waiting = start;
    while (!events.isEmpty() && events.peek().seconds() < end) {
      Event event = events.remove();
      int worker = event.worker();
      if (event.kind() != Kind.LOST || event.attempt() != attempts[worker]) {
        continue;
      }
      double now = event.seconds();
      lose(worker, now);
      attempts[worker]++;
      if (done[worker]) {
        tally.lostWork(seconds(worker));
        double again = cluster.replaceSeconds() + newcomerSeconds + gatherSeconds;
        newcomers++;
        executors.settle(worker);
        // Shards that are averaged stay so; the others wait for all results that are made again.
        double ready = Math.max(waiting, now + again + seconds(worker));
        end += ready - Math.max(waiting, now);
        waiting = ready;
      }
    }
    return end;
  }

  /** When the round before is averaged, if executors with its results were lost meanwhile. */
  double redone(double averaged, List<Integer> countedBefore, double longestTraining) {
    double end = averaged;
    for (Event loss : losses) {
      if (loss.seconds() < end && Collections.binarySearch(countedBefore, loss.worker()) >= 0) {
        tally.lostWork(longestTraining);
        end = loss.seconds() + cluster.replaceSeconds() + newcomerSeconds + longestTraining;
      }
    }
    return Math.max(end, averaged);
  }
}
