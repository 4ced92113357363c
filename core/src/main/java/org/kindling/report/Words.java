package org.kindling.report;

import static org.kindling.scaling.Numbers.significant;

import java.util.List;
import java.util.Locale;
import org.kindling.scaling.Interval;

/** Pieces of sentences: numbers with their nouns, percentages, intervals, lists. */
final class Words {
  private Words() {}

  static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /** {@code 1 run}, {@code 2 runs}. */
  static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  /** {@code A}, {@code A and B}, {@code A, B and C}. */
  static String list(List<String> items) {
    int last = items.size() - 1;
    return last < 1
        ? String.join("", items)
        : String.join(", ", items.subList(0, last)) + " and " + items.get(last);
  }

  /** With a capital at the beginning and a full stop at the end. */
  static String sentence(String clause) {
    return Character.toUpperCase(clause.charAt(0)) + clause.substring(1) + ".";
  }

  static String fixed(double value, int decimals) {
    return Double.isFinite(value) ? format("%." + decimals + "f", value).replace('-', '−') : "–";
  }

  /** Signed, with two decimals: {@code +0.31%}; a true minus sign. */
  static String signedPercent(double fraction) {
    return Double.isFinite(fraction) ? format("%+.2f%%", 100 * fraction).replace('-', '−') : "–";
  }

  /** Two digits at least: {@code 0.31%}, {@code 12%}. */
  static String percent(double fraction) {
    return significant(100 * fraction, 2).replace('-', '−') + "%";
  }

  /** {@code (95%: 0.41 to 0.52)} with a leading space, or nothing. */
  static String interval(Interval interval, int decimals) {
    return interval == null
        ? ""
        : " (95%: "
            + fixed(interval.lower(), decimals)
            + " to "
            + fixed(interval.upper(), decimals)
            + ")";
  }

  /** {@code 2.0 times}, {@code 1,500 times}: two digits at least. */
  static String times(double factor) {
    return (factor >= 100 ? format("%,.0f", factor) : significant(factor, 2)) + " times";
  }
}
