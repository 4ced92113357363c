package org.kindling.spark.progress;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.function.Supplier;

/**
 * The line that says how far a job is. In a terminal it is written over itself, elsewhere it is
 * written every ten seconds. Threads may share it.
 */
public final class StatusLine implements AutoCloseable {
  private static final long TERMINAL_NANOS = 200_000_000L;
  private static final long QUIET_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long last = System.nanoTime();
  private int width;

  StatusLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** On standard error. */
  public static StatusLine standard() {
    return new StatusLine(System.err, System.console() != null);
  }

  /** Says nothing. */
  public static StatusLine silent() {
    return new StatusLine(new PrintStream(OutputStream.nullOutputStream()), false);
  }

  /** Shows a text, if the one before has been there for some time. */
  public synchronized void show(Supplier<String> text) {
    long now = System.nanoTime();
    if (now - last < (terminal ? TERMINAL_NANOS : QUIET_NANOS)) {
      return;
    }
    last = now;
    String line = text.get();
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      width = line.length();
    } else {
      out.println(line);
    }
    out.flush();
  }

  /** Prints a line that stays. */
  public synchronized void print(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  private void clear() {
    if (width > 0) {
      out.print("\r" + " ".repeat(width) + "\r");
      width = 0;
    }
  }

  /** Takes the line away from a terminal. */
  @Override
  public synchronized void close() {
    clear();
    out.flush();
  }
}
