package org.kindling.spark.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Device;
import org.kindling.spark.cluster.Executors.Report;

/**
 * Refuses executors that compute differently: a task's bits would depend on where it runs, and a
 * retried one's on where it was retried.
 */
final class ArithmeticMix {
  private static final int HOSTS_NAMED = 4;

  private final KernelRequest request;

  ArithmeticMix(KernelRequest request) {
    this.request = request;
  }

  /**
   * What all executors compute with.
   *
   * @throws IllegalArgumentException naming who differs, in what, and what to do
   */
  Arithmetic requireOne(List<Report> reports) {
    reports.forEach(this::requireAble);
    Set<String> differences = new LinkedHashSet<>();
    Arithmetic first = reports.get(0).arithmetic();
    reports.forEach(report -> differences.addAll(report.arithmetic().differencesFrom(first)));
    if (differences.isEmpty()) {
      return first;
    }
    List<String> found = new ArrayList<>();
    differences.forEach(part -> found.add(part + " " + byValue(part, reports)));
    String some = differences.iterator().next();
    throw new IllegalArgumentException(
        "executors: do not compute alike, so bits would depend on where a task runs ("
            + String.join("; ", found)
            + "); "
            + remedy(differences)
            + ", or leave out "
            + names(fewest(some, reports)));
  }

  /**
   * Holds an executor to what the job began with.
   *
   * @throws IllegalArgumentException naming it, the difference, and what to do
   */
  void requireSame(Arithmetic expected, Report report) {
    requireAble(report);
    List<String> differences = report.arithmetic().differencesFrom(expected);
    if (differences.isEmpty()) {
      return;
    }
    Map<String, String> found = report.arithmetic().parts();
    Map<String, String> wanted = expected.parts();
    String both =
        differences.stream()
            .map(part -> part + " " + found.get(part) + ", expected " + wanted.get(part))
            .collect(Collectors.joining("; "));
    throw new IllegalArgumentException(
        report.name()
            + ": does not compute as the executors did when the job began ("
            + both
            + "); "
            + remedy(differences)
            + ", or leave out "
            + report.host());
  }

  /**
   * Holds executors that compute by ND4J to what the driver's jars promise: it has planned memory
   * for that, and asked for GPUs or not.
   *
   * @param driver the device of ND4J's backend on the driver's class path, CPU or CUDA
   * @throws IllegalArgumentException if executors compute on the other
   */
  static void requireBackend(String driver, KernelRequest request, Arithmetic executors) {
    boolean byNd4j = executors.kernels().equals("nd4j") || request.networks();
    if (byNd4j && executors.usesGpu() != driver.equals("CUDA")) {
      throw new IllegalArgumentException(
          "executors: compute on "
              + executors.device()
              + ", and ND4J's backend on the driver's class path is for "
              + driver
              + "; give the driver and all executors the same jars");
    }
  }

  private void requireAble(Report report) {
    if (report.problem() != null) {
      throw new IllegalArgumentException(
          report.name() + ": " + report.problem() + "; or use " + way() + "auto");
    }
  }

  /** The setting that is in the way: a device that was asked for, or else the kernels. */
  private String way() {
    boolean isDevice = request.kernels().device() != Device.AUTO;
    return isDevice ? request.setting().replace("kernels", "device") : request.setting();
  }

  private static Map<String, List<Report>> grouped(String part, List<Report> reports) {
    return reports.stream()
        .collect(
            Collectors.groupingBy(
                report -> report.arithmetic().parts().get(part),
                TreeMap::new,
                Collectors.toList()));
  }

  private static String byValue(String part, List<Report> reports) {
    return grouped(part, reports).entrySet().stream()
        .map(entry -> entry.getKey() + " on " + names(whereOnly(entry.getValue(), reports)))
        .collect(Collectors.joining(", "));
  }

  private static Set<String> fewest(String part, List<Report> reports) {
    return grouped(part, reports).values().stream()
        .map(group -> whereOnly(group, reports))
        .min(Comparator.comparingInt(Set::size))
        .orElseThrow();
  }

  /** Hosts of some executors, or the executors where their hosts have others too. */
  private static Set<String> whereOnly(List<Report> group, List<Report> reports) {
    Set<String> hosts = hosts(group);
    List<Report> others = new ArrayList<>(reports);
    others.removeAll(new HashSet<>(group));
    boolean apart = hosts(others).stream().noneMatch(hosts::contains);
    return apart
        ? hosts
        : group.stream().map(Report::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> hosts(Collection<Report> reports) {
    return reports.stream().map(Report::host).collect(Collectors.toCollection(TreeSet::new));
  }

  private static String names(Set<String> all) {
    String some = all.stream().limit(HOSTS_NAMED).collect(Collectors.joining(", "));
    return all.size() <= HOSTS_NAMED ? some : some + " and " + (all.size() - HOSTS_NAMED) + " more";
  }

  /** One way to make them alike, for every part in which they differ. */
  private String remedy(Collection<String> differences) {
    Set<String> ways = new LinkedHashSet<>(differences);
    if (ways.contains("precision")) {
      // In fp32 what makes bf16 possible changes no bit.
      ways.remove("instructions");
    }
    return ways.stream().map(part -> remedy(part, ways)).collect(Collectors.joining(" and "));
  }

  private String remedy(String part, Set<String> differences) {
    return switch (part) {
      case "device" -> "give all executors the same jars, and GPUs of one model";
      case "kernels" ->
          "start all executors with --add-modules jdk.incubator.vector, or set "
              + request.setting()
              + "nd4j";
      case "products" -> "give all executors the same jars";
      case "precision" -> "set training.precision: fp32";
      case "instructions" ->
          request.networks() || differences.contains("products")
              ? "take processors of one kind"
              : "hold all to the older instructions with spark.executorEnv.ONEDNN_MAX_CPU_ISA";
      default -> "hold all to narrower vectors with -XX:UseAVX=2 in their Java options";
    };
  }
}
