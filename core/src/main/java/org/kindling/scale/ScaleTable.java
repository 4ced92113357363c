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
 * @param exchanges to choose from
 * @param optimizer label of an inner optimizer
 * @param overlaps to choose from
 * @param localSteps of which the share is told beside; 0 for none
 * @param share of the round that training should have
 */
public record ScaleTable(
    List<Long> parameters,
    List<Integer> workers,
    List<String> bandwidths,
    String delay,
    List<Exchange> exchanges,
    String optimizer,
    List<Boolean> overlaps,
    long localSteps,
    double share) {
  private static final String HEADER =
      "| parameters | workers | link | exchange | overlap | shards | MB an executor | exchange s |"
          + " step s | local steps for %.0f %% | round s | %s\n";

  /** A line. */
  record Row(
      RoundShape shape, String bandwidth, RoundModel model, double stepSeconds, long localSteps) {
    double exchangeSeconds() {
      return model.time(0).roundSeconds();
    }
  }

  /**
   * Of settings that need as many steps, more bits win. Where none can, the last.
   *
   * @param all those to choose from
   */
  private static Row best(List<Row> all) {
    Row best = null;
    for (Row row : all) {
      if (best == null || steps(row) < steps(best)) {
        best = row;
      }
    }
    return best;
  }

  private static long steps(Row row) {
    return row.localSteps() == 0 ? Long.MAX_VALUE : row.localSteps();
  }

  private Row row(
      long size,
      int count,
      String bandwidth,
      Exchange exchange,
      boolean overlap,
      Compute compute,
      Coefficients coefficients) {
    RoundShape shape = new RoundShape(size, count, count, exchange, optimizer, overlap);
    RoundModel model = RoundModel.of(shape, Network.of(bandwidth, delay), coefficients);
    double step = compute.stepSeconds(size);
    return new Row(shape, bandwidth, model, step, model.localSteps(step, share));
  }

  /** All settings of all combinations. */
  public String all(Compute compute, Coefficients coefficients) {
    return table(compute, coefficients, false);
  }

  /** For every combination the best settings. */
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
          List<Row> rows = new ArrayList<>();
          for (boolean overlap : overlaps) {
            for (Exchange exchange : exchanges) {
              rows.add(row(size, count, bandwidth, exchange, overlap, compute, coefficients));
            }
          }
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
