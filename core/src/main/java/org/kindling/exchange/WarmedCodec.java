package org.kindling.exchange;

import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The plain codec until that in vector registers is faster. Before Java has compiled it, which
 * takes about a second, it is a thousand times slower; so a thread in the background runs it on
 * numbers of its own, once there have been enough for that to pay, and stops at the first that
 * shows it faster. Nobody can tell but by the clock: both give the same.
 */
final class WarmedCodec implements Codec {
  /** Elements that the plain codec does itself: a tenth of a second. */
  static final long ENOUGH = 1 << 25;

  /** Wins in a row: one may be a pause of the other's. */
  private static final int WINS = 5;

  /** Where registers are not compiled to instructions, it stays with the plain codec. */
  private static final int MOST_TRIES = 3000;

  private final Codec plain;
  private final Codec vector;
  private final long enough;
  private final AtomicLong elements = new AtomicLong();
  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile Codec codec;

  WarmedCodec(Codec plain, Codec vector) {
    this(plain, vector, ENOUGH);
  }

  WarmedCodec(Codec plain, Codec vector, long enough) {
    this.plain = plain;
    this.vector = vector;
    this.enough = enough;
    this.codec = plain;
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    count(count);
    codec.encode(values, from, count, target, at, dither);
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    count(count);
    codec.decode(source, at, values, from, count);
  }

  /** Whether the vector codec is the one in use. */
  boolean isWarm() {
    return codec == vector;
  }

  private void count(int more) {
    if (!begun.get() && elements.addAndGet(more) >= enough && begun.compareAndSet(false, true)) {
      Thread thread = new Thread(this::warm, "exchange-warmup");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void warm() {
    // One at a time: they would wait for one compiler.
    synchronized (WarmedCodec.class) {
      Trial trial = new Trial();
      int wins = 0;
      for (int i = 0; i < MOST_TRIES && wins < WINS; i++) {
        wins = trial.nanos(vector) < trial.nanos(plain) ? wins + 1 : 0;
      }
      if (wins == WINS) {
        codec = vector;
      }
    }
  }

  /** Numbers for trials, and what they are coded to. */
  private static final class Trial {
    private static final int COUNT = 4096;

    private final float[] values = new float[COUNT];
    private final byte[] bytes = new byte[COUNT * Float.BYTES];

    Trial() {
      Random random = new Random(1);
      for (int i = 0; i < COUNT; i++) {
        values[i] = (float) random.nextGaussian();
      }
    }

    long nanos(Codec codec) {
      long start = System.nanoTime();
      codec.encode(values, 0, COUNT, bytes, 0, Dither.NONE);
      codec.decode(bytes, 0, values, 0, COUNT);
      return System.nanoTime() - start;
    }
  }
}
