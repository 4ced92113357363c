package org.kindling.spark.progress;

import java.util.Locale;

/**
 * Work made of parts of about equal size, and how much of it is done. Threads may share it.
 *
 * <pre>{@code
 * tokenizing: 12 of 60 shards (20%), 35.2 MB/s, 1m02s left
 * }</pre>
 */
public final class WorkProgress {
  private final StatusLine line;
  private final String what;
  private final String noun;
  private final long total;
  private final long before;
  private final long start = System.nanoTime();
  private long finished;
  private long bytes;

  /**
   * @param what is being done
   * @param noun of several parts
   * @param total number of parts
   * @param before how many of them were done when this began
   */
  public WorkProgress(StatusLine line, String what, String noun, long total, long before) {
    this.line = line;
    this.what = what;
    this.noun = noun;
    this.total = total;
    this.before = before;
  }

  /** One more part is done. */
  public synchronized void finished(long partBytes) {
    finished++;
    bytes += partBytes;
    line.show(() -> text((System.nanoTime() - start) / 1e9));
  }

  /** What the line says after some time. */
  synchronized String text(double seconds) {
    long done = before + finished;
    String speed =
        bytes == 0 ? "" : String.format(Locale.ROOT, ", %.1f MB/s", bytes / 1e6 / seconds);
    return String.format(
        Locale.ROOT,
        "%s: %,d of %,d %s (%d%%)%s, %s left",
        what,
        done,
        total,
        noun,
        100 * done / total,
        speed,
        Readable.seconds(seconds * (total - done) / finished));
  }
}
