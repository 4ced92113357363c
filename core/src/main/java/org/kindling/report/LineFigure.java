package org.kindling.report;

import java.util.List;

/**
 * A figure of one line for each of several models.
 *
 * @param id among the figures of the page
 * @param heading of the section that it opens; empty if it goes on with the one before
 * @param caption what it shows
 * @param x axis
 * @param y axis
 */
record LineFigure(String id, String heading, String caption, Axis x, Axis y, List<Series> series) {

  /**
   * @param logarithmic whether equal distances are equal ratios; points at 0 or below are left out
   */
  record Axis(String name, boolean logarithmic) {}

  /**
   * @param points x and y each
   */
  record Series(String name, List<double[]> points) {}
}
