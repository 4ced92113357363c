package org.kindling.spark.averaging;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.kindling.kernels.MemoryShortageException;

/**
 * Things that are costly to open and kept for the next who wants one with an equal key. Busy and
 * idle ones together are never more than a limit. Whatever throws, what was lent counts as busy no
 * longer than its use. Thread-safe.
 */
final class LendingPool<K, V extends Closeable> {
  private final Deque<Idle<K, V>> idle = new ArrayDeque<>();
  private final IntSupplier limit;
  private int busy;

  private record Idle<K, V>(K key, V value) {}

  /** Opens what is not idle. */
  @FunctionalInterface
  interface Opening<V> {
    V open() throws IOException;
  }

  /** Something done with what was lent. */
  @FunctionalInterface
  interface Use<V, T> {
    T with(V value) throws IOException;
  }

  /**
   * @param limit of busy and idle ones together, asked for each time
   */
  LendingPool(IntSupplier limit) {
    this.limit = limit;
  }

  /** Something lent, which counts as busy until it is given back or thrown away. */
  final class Loan {
    private final K key;
    private final V value;
    private boolean isOver;

    private Loan(K key, V value) {
      this.key = key;
      this.value = value;
    }

    V value() {
      return value;
    }

    /** For the next. Does nothing the second time. */
    void giveBack() throws IOException {
      if (!isOver) {
        isOver = true;
        end();
        keep(new Idle<>(key, value));
      }
    }

    /** Closes what failed, since it may hold anything by then. Does nothing the second time. */
    void throwAway(Throwable reason) {
      if (!isOver) {
        isOver = true;
        end();
        closeAfter(reason, value);
      }
    }
  }

  /** Lends until the borrower says so. */
  Loan lend(K key, Opening<V> opening) throws IOException {
    begin();
    try {
      V value = borrow(key);
      return new Loan(key, value == null ? open(opening) : value);
    } catch (Throwable e) {
      end();
      throw e;
    }
  }

  /** Lends for one use. */
  <T> T use(K key, Opening<V> opening, Use<V, T> use) throws IOException {
    Loan loan = lend(key, opening);
    T result;
    try {
      result = use.with(loan.value());
    } catch (Throwable e) {
      loan.throwAway(e);
      throw e;
    }
    loan.giveBack();
    return result;
  }

  /** On a lost GPU closing fails too, and must not hide the reason. */
  private static void closeAfter(Throwable reason, Closeable value) {
    try {
      if (value != null) {
        value.close();
      }
    } catch (IOException | RuntimeException | Error e) {
      reason.addSuppressed(e);
    }
  }

  private V open(Opening<V> opening) throws IOException {
    try {
      return opening.open();
    } catch (MemoryShortageException e) {
      // Idle ones with other keys may hold what this one needs.
      if (!close(key -> true)) {
        throw e;
      }
      return opening.open();
    }
  }

  private synchronized void begin() {
    busy++;
  }

  private synchronized void end() {
    busy--;
  }

  /** Null if there is none; one of another key that has waited longest makes room then. */
  private synchronized V borrow(K key) throws IOException {
    for (Iterator<Idle<K, V>> it = idle.iterator(); it.hasNext(); ) {
      Idle<K, V> next = it.next();
      if (next.key().equals(key)) {
        it.remove();
        return next.value();
      }
    }
    makeRoom();
    return null;
  }

  private synchronized void keep(Idle<K, V> sound) throws IOException {
    idle.addFirst(sound);
    makeRoom();
  }

  private void makeRoom() throws IOException {
    while (!idle.isEmpty() && busy + idle.size() > limit.getAsInt()) {
      idle.removeLast().value().close();
    }
  }

  /**
   * Closes idle ones.
   *
   * @return whether there were any
   */
  synchronized boolean close(Predicate<K> which) throws IOException {
    boolean any = false;
    for (Iterator<Idle<K, V>> it = idle.iterator(); it.hasNext(); ) {
      Idle<K, V> next = it.next();
      if (which.test(next.key())) {
        it.remove();
        next.value().close();
        any = true;
      }
    }
    return any;
  }

  synchronized int busy() {
    return busy;
  }

  synchronized int idle() {
    return idle.size();
  }
}
