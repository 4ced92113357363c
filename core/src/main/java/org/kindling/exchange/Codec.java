package org.kindling.exchange;

/**
 * The arithmetic of a {@link Code}. There is a plain one for each and, where it pays, one in vector
 * registers, with the same bytes and the same floats for any input. Threads may share it.
 */
interface Codec {
  /**
   * @param from the first of {@code count} elements, a multiple of the block
   * @param at where their bytes begin
   */
  void encode(float[] values, int from, int count, byte[] target, int at, Dither dither);

  /**
   * @param at where the bytes of {@code count} elements begin
   * @param from where the elements go, a multiple of the block
   */
  void decode(byte[] source, int at, float[] values, int from, int count);
}
