package org.kindling.scaling;

import java.util.Locale;

/** In what a column of the evaluations counts. */
public enum Unit {
  /** Nobody has said; values that look like another unit than one are asked about. */
  UNSTATED(1),
  ONE(1),
  THOUSAND(1e3),
  MILLION(1e6),
  BILLION(1e9),
  TRILLION(1e12);

  private final double size;

  Unit(double size) {
    this.size = size;
  }

  double size() {
    return size;
  }

  /** As on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
