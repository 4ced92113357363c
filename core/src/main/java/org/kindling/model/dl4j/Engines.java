package org.kindling.model.dl4j;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.kindling.kernels.Kernels;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What computes passes, lent to layers. Nobody closes the layers of a DL4J network, and DL4J's
 * Spark trainer makes new ones for every round, so their large buffers cannot be their own. At most
 * as many as there are processors lie idle. Thread-safe.
 */
final class Engines<E extends AutoCloseable> {
  /** What an engine is made for. */
  record Key(Object shape, DataType type) {}

  /** Makes the model of an engine. */
  @FunctionalInterface
  interface Maker<E> {
    E make(int sequences, Kernels kernels);
  }

  /** A model and its kernels, in the hands of one layer at a time. */
  record Engine<E extends AutoCloseable>(Key key, int sequences, Kernels kernels, E model) {
    void close() {
      try {
        model.close();
      } catch (Exception e) {
        throw new IllegalStateException("engine of a DL4J layer: " + e.getMessage(), e);
      } finally {
        kernels.close();
      }
    }
  }

  private final Deque<Engine<E>> idle = new ArrayDeque<>();

  /**
   * @param sequences largest batch
   */
  Engine<E> borrow(Key key, int sequences, Maker<E> maker) {
    Engine<E> found = take(key, sequences);
    if (found != null) {
      return found;
    }
    Kernels kernels = key.type() == DataType.DOUBLE ? Kernels.inDouble() : Kernels.named("auto");
    try {
      return new Engine<>(key, sequences, kernels, maker.make(sequences, kernels));
    } catch (RuntimeException e) {
      kernels.close();
      throw e;
    }
  }

  private synchronized Engine<E> take(Key key, int sequences) {
    for (Iterator<Engine<E>> it = idle.iterator(); it.hasNext(); ) {
      Engine<E> engine = it.next();
      if (engine.key().equals(key) && engine.sequences() >= sequences) {
        it.remove();
        return engine;
      }
    }
    return null;
  }

  synchronized void giveBack(Engine<E> engine) {
    idle.addFirst(engine);
    while (idle.size() > Runtime.getRuntime().availableProcessors()) {
      idle.removeLast().close();
    }
  }

  /**
   * @throws IllegalArgumentException for types that no kernels compute in
   */
  static void requireType(String layer, DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new IllegalArgumentException(
          layer + ": dataType " + type + ", expected FLOAT or DOUBLE; set it in the configuration");
    }
  }
}
