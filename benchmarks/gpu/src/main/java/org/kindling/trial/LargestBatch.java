package org.kindling.trial;

import java.util.function.Function;
import org.kindling.kernels.MemoryShortageException;

/** Tries a step with ever fewer sequences until the device's memory holds it. */
final class LargestBatch {
  private LargestBatch() {}

  /**
   * @param attempt fails with what the kernels fail with where memory is short
   */
  static <T> T of(Shape shape, Function<Shape, T> attempt) {
    Shape tried = shape;
    while (true) {
      try {
        return attempt.apply(tried);
      } catch (RuntimeException e) {
        if (tried.batch() == 1 || !isShortage(e)) {
          throw e;
        }
        tried = tried.ofBatch(tried.batch() / 2);
      }
    }
  }

  /** By Kindling's estimate before, or by the allocator's words during a step. */
  private static boolean isShortage(RuntimeException e) {
    return e instanceof MemoryShortageException
        || e.getMessage() != null && e.getMessage().contains("out of memory");
  }
}
