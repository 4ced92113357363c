package org.kindling.exchange;

import java.util.Random;

/**
 * What a code costs on one core of this machine, in nanoseconds a number, the least of many runs
 * over a chunk that stays in the cache.
 */
public record CodecSpeed(double encode, double decode) {
  private static final int RUNS = 5_000;

  /** Of the plain codec, which runs where Java has no vector registers. */
  public static CodecSpeed ofPlain(Code code) {
    return of(code, code.plain());
  }

  /** Of the fastest there is here, which is the plain one if there is no other. */
  public static CodecSpeed ofFastest(Code code) {
    return of(code, code.fastest());
  }

  private static CodecSpeed of(Code code, Codec codec) {
    int count = Coded.CHUNK;
    float[] values = new float[count];
    Random random = new Random(1);
    for (int i = 0; i < count; i++) {
      float value = (float) random.nextGaussian();
      values[i] = code == Code.LOG8 ? value * value : value;
    }
    byte[] bytes = new byte[code.bytes(count)];
    float[] decoded = new float[count];
    Dither dither = Dither.of(1);
    return new CodecSpeed(
        nanos(() -> codec.encode(values, 0, count, bytes, 0, dither)) / count,
        nanos(() -> codec.decode(bytes, 0, decoded, 0, count)) / count);
  }

  private static double nanos(Runnable run) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < RUNS; i++) {
      long start = System.nanoTime();
      run.run();
      least = Math.min(least, System.nanoTime() - start);
    }
    return least;
  }
}
