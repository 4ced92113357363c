package org.kindling.spark.progress;

import java.util.Locale;

/** Numbers as people read them. */
public final class Readable {
  private static final String[] THOUSANDS = {"", "k", "M", "G", "T", "P"};

  private Readable() {}

  /** 1234567 → {@code 1.23M}. */
  public static String count(double value) {
    int unit = 0;
    double scaled = value;
    while (scaled >= 999.5 && unit < THOUSANDS.length - 1) {
      scaled /= 1000;
      unit++;
    }
    if (unit == 0) {
      return String.format(Locale.ROOT, "%.0f", scaled);
    }
    String pattern = scaled < 9.995 ? "%.2f%s" : scaled < 99.95 ? "%.1f%s" : "%.0f%s";
    return String.format(Locale.ROOT, pattern, scaled, THOUSANDS[unit]);
  }

  /** 3725 → {@code 1h02m}, 75 → {@code 1m15s}, 8.4 → {@code 8s}. */
  public static String seconds(double seconds) {
    long s = Math.round(seconds);
    if (s >= 3600) {
      return String.format(Locale.ROOT, "%dh%02dm", s / 3600, s % 3600 / 60);
    }
    return s >= 60 ? String.format(Locale.ROOT, "%dm%02ds", s / 60, s % 60) : s + "s";
  }
}
