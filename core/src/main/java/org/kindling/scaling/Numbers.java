package org.kindling.scaling;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as people read them. */
public final class Numbers {
  private static final String[] SUFFIXES = {"", " k", " M", " B", " T"};

  private Numbers() {}

  /** Three digits and a suffix: {@code 91.2 k}, {@code 1.80 M}; powers of ten beyond 10¹⁵. */
  public static String compact(double value) {
    if (!Double.isFinite(value) || value == 0) {
      return value == 0 ? "0" : "–";
    }
    if (value < 1 || value >= 1e15) {
      return scientific(value);
    }
    int group = 0;
    double scaled = value;
    while (scaled >= 999.5 && group < SUFFIXES.length - 1) {
      scaled /= 1000;
      group++;
    }
    if (group == 0) {
      return scaled == Math.rint(scaled) ? Long.toString((long) scaled) : significant(scaled, 3);
    }
    return significant(scaled, 3) + SUFFIXES[group];
  }

  /** Three digits and a power of ten: {@code 1.23·10¹²}. */
  public static String scientific(double value) {
    if (!Double.isFinite(value) || value == 0) {
      return value == 0 ? "0" : "–";
    }
    String[] parts = String.format(Locale.ROOT, "%.2e", value).split("e");
    return parts[0] + "·10" + superscript(Integer.parseInt(parts[1]));
  }

  /** As short as three digits allow: {@code 10¹²}, {@code 3.2·10¹²}. */
  public static String power(double value) {
    return scientific(value).replaceFirst("\\.?0+·", "·").replaceFirst("^1·", "");
  }

  /** A fixed number of significant digits without exponent; a dash for what is not a number. */
  public static String significant(double value, int digits) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    if (value == 0) {
      return "0";
    }
    // Rounded first: 0.9999 has another magnitude after than before.
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits));
    int magnitude = rounded.precision() - rounded.scale() - 1;
    if (magnitude < -4 || magnitude > 6) {
      return scientific(value);
    }
    int decimals = Math.max(0, digits - 1 - magnitude);
    return rounded.setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String superscript(int exponent) {
    StringBuilder out = new StringBuilder();
    for (char c : Integer.toString(exponent).toCharArray()) {
      out.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'));
    }
    return out.toString();
  }
}
