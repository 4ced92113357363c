package org.kindling.scale;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Coefficients from measurements: those of at least 0 for which the sum of squares of relative
 * errors is least. And what such a fit says of measurements it has not seen.
 */
public final class RoundFit {
  /** Fewer lines than this fit anything. */
  private static final int LEAST = 4;

  /** What may be left out as a whole: all lines of one value are unseen, and of no other. */
  private static final Map<String, Function<Measurement, Object>> DIMENSIONS = dimensions();

  private RoundFit() {}

  private static Map<String, Function<Measurement, Object>> dimensions() {
    Map<String, Function<Measurement, Object>> all = new LinkedHashMap<>();
    all.put("executors", m -> m.shape().executors());
    all.put("parameters", m -> m.shape().parameters());
    all.put("bandwidth", Measurement::bandwidth);
    all.put("exchange", m -> m.shape().exchange().label() + " " + m.shape().optimizer());
    return all;
  }

  /**
   * A measurement that the fit had not seen.
   *
   * @param without what was left out
   * @param seconds that the fit to the others says
   */
  public record Unseen(String without, Measurement measured, double seconds) {
    /** Of the measured round, above 0 if the model says more. */
    public double error() {
      return seconds / measured.roundSeconds() - 1;
    }
  }

  /**
   * Fits to rounds that do not overlap.
   *
   * @throws IllegalArgumentException if these are too few
   */
  public static Coefficients of(List<Measurement> all) {
    List<Measurement> measured = all.stream().filter(m -> !m.shape().overlap()).toList();
    if (measured.size() < LEAST) {
      throw new IllegalArgumentException(
          "measurements: expected at least "
              + LEAST
              + " of rounds that do not overlap, found "
              + measured.size()
              + "; measure more with benchmarks/network/run --json");
    }
    double[][] rows = new double[measured.size()][];
    double[] wanted = new double[measured.size()];
    for (int i = 0; i < rows.length; i++) {
      Measurement m = measured.get(i);
      RoundModel model = m.model(NONE);
      RoundWork work = model.exchange();
      double weight = 1 / m.roundSeconds();
      rows[i] = Arrays.stream(work.terms(model.contention())).map(t -> t * weight).toArray();
      wanted[i] = (m.averagingSeconds() - work.knownSeconds()) * weight;
    }
    return RoundWork.coefficients(NonNegative.solve(rows, wanted));
  }

  private static final Coefficients NONE = new Coefficients(0, 0, 0, 0, 0, 1, 0);

  /**
   * Leaves out, one after the other, all measurements of each number of executors, size, bandwidth
   * and exchange, fits to the others, and predicts what was left out. A value without which too
   * little is left, or of which there is no other, is passed over.
   */
  public static List<Unseen> unseen(List<Measurement> all) {
    List<Unseen> found = new ArrayList<>();
    DIMENSIONS.forEach(
        (name, of) -> {
          TreeSet<Object> values = new TreeSet<>();
          all.forEach(m -> values.add(of.apply(m)));
          for (Object value : values) {
            List<Measurement> seen = all.stream().filter(m -> !of.apply(m).equals(value)).toList();
            if (seen.stream().filter(m -> !m.shape().overlap()).count() >= LEAST) {
              Coefficients fitted = of(seen);
              all.stream()
                  .filter(m -> of.apply(m).equals(value))
                  .map(m -> new Unseen(name + " " + value, m, m.predictedSeconds(fitted)))
                  .forEach(found::add);
            }
          }
        });
    return found;
  }

  /** Median and largest of absolute errors. */
  public static double[] medianAndWorst(List<Unseen> unseen) {
    double[] errors = unseen.stream().mapToDouble(u -> Math.abs(u.error())).sorted().toArray();
    int n = errors.length;
    double median = n == 0 ? Double.NaN : (errors[(n - 1) / 2] + errors[n / 2]) / 2;
    return new double[] {median, n == 0 ? Double.NaN : errors[n - 1]};
  }

  /** Coefficients, every measurement as fitted and as unseen, and the errors, as tables. */
  public static String report(List<Measurement> all) {
    Coefficients fitted = of(all);
    StringBuilder out = new StringBuilder(coefficients(fitted, withoutOne(all)));
    out.append("\n| measured | sent MB | model MB | round s | fitted s | error |\n")
        .append("|---|---|---|---|---|---|\n");
    for (Measurement m : all) {
      double seconds = m.predictedSeconds(fitted);
      line(
          out,
          "| %s | %.2f | %.2f | %.2f | %.2f | %+.0f %% |",
          m,
          m.sentBytes() / 1e6,
          m.model(fitted).bytes().received() / 1e6,
          m.roundSeconds(),
          seconds,
          100 * (seconds / m.roundSeconds() - 1));
    }
    out.append("\n| left out | unseen | round s | model s | error |\n|---|---|---|---|---|\n");
    List<Unseen> unseen = unseen(all);
    for (Unseen u : unseen) {
      line(
          out,
          "| %s | %s | %.2f | %.2f | %+.0f %% |",
          u.without(),
          u.measured(),
          u.measured().roundSeconds(),
          u.seconds(),
          100 * u.error());
    }
    summary(out, unseen);
    return out.toString();
  }

  private static void summary(StringBuilder out, List<Unseen> unseen) {
    out.append("\n| left out | rows | median error | worst |\n|---|---|---|---|\n");
    for (String name : DIMENSIONS.keySet()) {
      List<Unseen> some = unseen.stream().filter(u -> u.without().startsWith(name + " ")).toList();
      if (!some.isEmpty()) {
        error(out, "one of " + name, some);
      }
    }
    error(out, "all", unseen);
  }

  private static void error(StringBuilder out, String name, List<Unseen> unseen) {
    double[] errors = medianAndWorst(unseen);
    line(
        out,
        "| %s | %d | %.0f %% | %.0f %% |",
        name,
        unseen.size(),
        100 * errors[0],
        100 * errors[1]);
  }

  private static String coefficients(Coefficients c, List<Coefficients> others) {
    StringBuilder out =
        new StringBuilder("| coefficient | value | without one line | of |\n|---|---|---|---|\n");
    String executor = "s of an executor, for ";
    term(out, "round", c, others, 1, Coefficients::roundSeconds, "s of a round of any size");
    term(out, "task", c, others, 1e3, Coefficients::taskSeconds, "ms of the driver, for a task");
    term(out, "fetch", c, others, 1e3, Coefficients::fetchSeconds, "m" + executor + "a fetch");
    term(out, "number", c, others, 1e9, Coefficients::numberSeconds, "n" + executor + "a number");
    term(out, "byte", c, others, 1e9, Coefficients::byteSeconds, "n" + executor + "a byte moved");
    term(out, "link", c, others, 1, Coefficients::linkFactor, "times bytes / bandwidth");
    term(out, "wait", c, others, 1, Coefficients::waitFactor, "times delay of round trips");
    line(
        out,
        "| question | %.3g | assumed | ms of the driver, where a block is |",
        1e3 * RoundWork.QUESTION_SECONDS);
    return out.toString();
  }

  /** With the range that leaving out any one measurement gives: a wide one is not to be trusted. */
  private static void term(
      StringBuilder out,
      String name,
      Coefficients fitted,
      List<Coefficients> others,
      double unit,
      ToDoubleFunction<Coefficients> of,
      String what) {
    double least = others.stream().mapToDouble(of).min().orElse(Double.NaN);
    double most = others.stream().mapToDouble(of).max().orElse(Double.NaN);
    line(
        out,
        "| %s | %.3g | %.3g to %.3g | %s |",
        name,
        unit * of.applyAsDouble(fitted),
        unit * least,
        unit * most,
        what);
  }

  /** A fit for each measurement, without it. */
  static List<Coefficients> withoutOne(List<Measurement> all) {
    List<Coefficients> fits = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      List<Measurement> others = new ArrayList<>(all);
      others.remove(i);
      if (others.stream().filter(m -> !m.shape().overlap()).count() >= LEAST) {
        fits.add(of(others));
      }
    }
    return fits;
  }

  private static void line(StringBuilder out, String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
