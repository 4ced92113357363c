package org.kindling.spark.sweep;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Operations that one run does in a second, learned from finished rounds by size of model: small
 * ones get less out of a processor. A run's first round, in which Java compiles and memory is laid
 * out, is for the caller to leave out. Thread-safe.
 */
public final class Speed {
  /** Later rounds count more; what is this many seconds old counts e times less. */
  private static final double MEMORY_SECONDS = 20;

  /** Short rounds in the first seconds see Java compiling and say nothing. */
  private static final double WARMUP_SECONDS = 5;

  private static final class Measured {
    private double flops;
    private double seconds;
  }

  private final Map<Long, Measured> bySize = new TreeMap<>();
  private final Map<Long, Double> assumed;
  private double warmupSeconds;

  private Speed(Map<Long, Double> assumed) {
    this.assumed = assumed;
  }

  /** Nothing is known before it is measured. */
  public static Speed unknown() {
    return new Speed(Map.of());
  }

  /**
   * Rates that hold until one is measured.
   *
   * @param bySize operations a second of one run, by parameters
   */
  public static Speed assumed(Map<Long, Double> bySize) {
    return new Speed(new TreeMap<>(bySize));
  }

  /** A round that took some time. */
  public synchronized void measured(long parameters, double flops, double seconds) {
    if (warmupSeconds < WARMUP_SECONDS && seconds < WARMUP_SECONDS) {
      warmupSeconds += seconds;
      return;
    }
    double kept = Math.exp(-seconds / MEMORY_SECONDS);
    Measured measured = bySize.computeIfAbsent(parameters, key -> new Measured());
    measured.flops = kept * measured.flops + flops;
    measured.seconds = kept * measured.seconds + seconds;
  }

  /** Operations a second of a run, by the known size nearest to its own, if there is one. */
  public synchronized OptionalDouble of(long parameters) {
    Map<Long, Double> known = assumed;
    if (!bySize.isEmpty()) {
      known = new TreeMap<>();
      for (Map.Entry<Long, Measured> size : bySize.entrySet()) {
        known.put(size.getKey(), size.getValue().flops / size.getValue().seconds);
      }
    }
    return known.entrySet().stream()
        .min(Comparator.comparingDouble(e -> Math.abs(Math.log((double) e.getKey() / parameters))))
        .map(nearest -> OptionalDouble.of(nearest.getValue()))
        .orElse(OptionalDouble.empty());
  }

  /**
   * How long a sweep would take.
   *
   * @param slots runs at the same time
   * @throws IllegalStateException if no speed is known
   */
  public double secondsFor(List<PlannedRun> runs, int slots) {
    Map<String, RunStatus> statuses = new HashMap<>();
    runs.forEach(run -> statuses.put(run.name(), new RunStatus(run)));
    return Forecast.seconds(
        runs.stream()
            .map(
                run ->
                    statuses
                        .get(run.name())
                        .rest(
                            of(run.parameters()).orElseThrow(IllegalStateException::new),
                            statuses.get(run.prefixRun())))
            .toList(),
        slots);
  }
}
