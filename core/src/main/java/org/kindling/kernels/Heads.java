package org.kindling.kernels;

/**
 * Attention heads.
 *
 * @param count number of heads
 * @param width elements of one head's query, key or value
 */
public record Heads(int count, int width) {
  /** Elements of one row of the residual stream. */
  public int totalWidth() {
    return count * width;
  }
}
