package org.kindling.spark.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/** When a sweep would end if every run took as long as it is said to: a play of its schedule. */
final class Forecast {
  /**
   * What is left of a run.
   *
   * @param running whether it has begun: it goes on at once
   * @param seconds to its end
   * @param prefixRun run that it waits for; null if it may begin, or goes on already
   * @param prefixSeconds of that run's remaining time until it may begin
   */
  record Rest(
      String name, boolean running, double seconds, String prefixRun, double prefixSeconds) {}

  private Forecast() {}

  /**
   * @param slots runs at the same time
   * @return seconds until the last one ends
   */
  static double seconds(List<Rest> runs, int slots) {
    List<Rest> waiting = new ArrayList<>(runs);
    waiting.sort(Comparator.comparing(Rest::running).thenComparingDouble(Rest::seconds).reversed());
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int i = 0; i < slots; i++) {
      free.add(0.0);
    }
    Map<String, Double> starts = new HashMap<>();
    double end = 0;
    while (!waiting.isEmpty()) {
      double now = free.poll();
      Rest next = earliest(waiting, starts, now);
      double start = Math.max(now, ready(next, starts));
      waiting.remove(next);
      starts.put(next.name(), start);
      free.add(start + next.seconds());
      end = Math.max(end, start + next.seconds());
    }
    return end;
  }

  /** The first in order that is ready, or else the one that will be first. */
  private static Rest earliest(List<Rest> waiting, Map<String, Double> starts, double now) {
    Rest best = waiting.get(0);
    for (Rest run : waiting) {
      double ready = ready(run, starts);
      if (ready <= now) {
        return run;
      }
      if (ready < ready(best, starts)) {
        best = run;
      }
    }
    return best;
  }

  private static double ready(Rest run, Map<String, Double> starts) {
    if (run.prefixRun() == null) {
      return 0;
    }
    Double start = starts.get(run.prefixRun());
    return start == null ? Double.POSITIVE_INFINITY : start + run.prefixSeconds();
  }
}
