package org.kindling.spark.progress;

import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * Some lines that say how far a job is. In a terminal they are written over themselves; elsewhere
 * the last of them, which should sum the others up, is written every ten seconds. Threads may share
 * it.
 */
public final class LiveBlock implements AutoCloseable {
  private static final long TERMINAL_NANOS = 500_000_000L;
  private static final long QUIET_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long last = System.nanoTime();
  private int height;

  LiveBlock(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** On a stream that is standard output. */
  public static LiveBlock on(PrintStream out) {
    return new LiveBlock(out, System.console() != null);
  }

  /** Shows lines, if those before have been there for some time. */
  public synchronized void show(Supplier<List<String>> lines) {
    if (System.nanoTime() - last >= (terminal ? TERMINAL_NANOS : QUIET_NANOS)) {
      showNow(lines.get());
    }
  }

  /** Shows lines. */
  public synchronized void showNow(List<String> lines) {
    last = System.nanoTime();
    if (terminal) {
      clear();
      lines.forEach(out::println);
      height = lines.size();
    } else {
      out.println(lines.get(lines.size() - 1));
    }
    out.flush();
  }

  /** Prints a line that stays, above the block. */
  public synchronized void print(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  /** Moves up over the block and erases from there on (ECMA-48: CUU, ED). */
  private void clear() {
    if (height > 0) {
      out.print("\033[" + height + "A\033[J");
      height = 0;
    }
  }

  /** Leaves the block where it is. */
  @Override
  public synchronized void close() {
    height = 0;
    out.flush();
  }
}
