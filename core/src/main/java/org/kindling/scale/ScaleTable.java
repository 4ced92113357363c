package org.kindling.scale;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.kindling.exchange.Exchange;

/**
 * What the model says of clusters that nobody has measured, as a table: for every combination one
 * line, with the settings that reach a share of training with the fewest local steps.
 *
 * @param parameters sizes of models
 * @param workers numbers of workers, each on an executor
 * @param bandwidths of executors' links, as {@link Network#of} reads them
 * @param delay likewise
 * @param exchanges to choose from, those that are preferred first
 * @param optimizers labels of inner optimizers, likewise
 * @param overlaps likewise
 * @param localSteps of which the share is told beside; 0 for none
 * @param share of the round that training should have
 */
public record ScaleTable(
    List<Long> parameters,
    List<Integer> workers,
    List<String> bandwidths,
    String delay,
    List<Exchange> exchanges,
    List<String> optimizers,
    List<Boolean> overlaps,
    long localSteps,
    double share) {
  private static final String HEADER =
      "| parameters | workers | link | exchange | overlap | shards | MB an executor | exchange s |"
          + " step s | local steps for %.0f %% | round s | %s\n";

  /** Settings that are preferred may need so many times the fewest local steps. */
  private static final double ENOUGH = 1.1;

  /** A line. */
  record Row(
      RoundShape shape, String bandwidth, RoundModel model, double stepSeconds, long localSteps) {
    double exchangeSeconds() {
      return model.time(0).roundSeconds();
    }
  }

  /** The first of those that need few local steps; the first of all where none can. */
  private static Row best(List<Row> all) {
    long fewest = all.stream().mapToLong(ScaleTable::steps).min().orElseThrow();
    return all.stream().filter(row -> steps(row) <= ENOUGH * fewest).findFirst().orElseThrow();
  }

  private static long steps(Row row) {
    return row.localSteps() == 0 ? Long.MAX_VALUE : row.localSteps();
  }

  private Row row(RoundShape shape, String bandwidth, Compute compute, Coefficients fitted) {
    RoundModel model = RoundModel.of(shape, Network.of(bandwidth, delay), fitted);
    double step = compute.stepSeconds(shape.parameters());
    return new Row(shape, bandwidth, model, step, model.localSteps(step, share));
  }

  /** Choices of settings, those that are preferred first. */
  private List<RoundShape> shapes(long size, int count) {
    List<RoundShape> shapes = new ArrayList<>();
    for (boolean overlap : overlaps) {
      for (String optimizer : optimizers) {
        for (Exchange exchange : exchanges) {
          shapes.add(new RoundShape(size, count, count, exchange, optimizer, overlap));
        }
      }
    }
    return shapes;
  }

  /** All settings of all combinations. */
  public String all(Compute compute, Coefficients coefficients) {
    return table(compute, coefficients, false);
  }

  /**
   * For every combination the settings that need the fewest local steps, or nearly the fewest and
   * are preferred.
   */
  public String recommended(Compute compute, Coefficients coefficients) {
    return table(compute, coefficients, true);
  }

  private String table(Compute compute, Coefficients coefficients, boolean onlyBest) {
    StringBuilder out = new StringBuilder();
    String more = localSteps > 0 ? "training at " + localSteps + " |" : "";
    out.append(String.format(Locale.ROOT, HEADER, 100 * share, more));
    out.append("|---".repeat(localSteps > 0 ? 12 : 11)).append("|\n");
    for (long size : parameters) {
      for (int count : workers) {
        for (String bandwidth : bandwidths) {
          List<Row> rows =
              shapes(size, count).stream()
                  .map(shape -> row(shape, bandwidth, compute, coefficients))
                  .toList();
          (onlyBest ? List.of(best(rows)) : rows).forEach(row -> line(out, row));
        }
      }
    }
    return out.toString();
  }

  private void line(StringBuilder out, Row row) {
    boolean found = row.localSteps() > 0;
    out.append(
        String.format(
            Locale.ROOT,
            "| %s | %d | %s | %s %s | %s | %d | %.0f | %.1f | %.2g | %s | %s |",
            size(row.shape().parameters()),
            row.shape().workers(),
            row.bandwidth(),
            row.shape().exchange().label(),
            row.shape().optimizer(),
            row.shape().overlap() ? "yes" : "no",
            row.model().bytes().layout().shards(),
            row.model().bytes().received() / 1e6,
            row.exchangeSeconds(),
            row.stepSeconds(),
            found ? "" + row.localSteps() : "none",
            found ? seconds(row) : "-"));
    if (localSteps > 0) {
      double share = row.model().time(localSteps * row.stepSeconds()).trainingShare();
      out.append(String.format(Locale.ROOT, " %.0f %% |", 100 * share));
    }
    out.append('\n');
  }

  private static String seconds(Row row) {
    double seconds = row.model().time(row.localSteps() * row.stepSeconds()).roundSeconds();
    return String.format(Locale.ROOT, seconds < 10 ? "%.1f" : "%.0f", seconds);
  }

  private static String size(long parameters) {
    return parameters >= 1_000_000_000
        ? String.format(Locale.ROOT, "%.3g B", parameters / 1e9)
        : String.format(Locale.ROOT, "%.3g M", parameters / 1e6);
  }
}
