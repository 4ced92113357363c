package org.kindling.training;

import org.kindling.exchange.Code;
import org.kindling.exchange.Coded;
import org.kindling.kernels.HostMemory;

/**
 * A coded slice that is kept from round to round: outside the heap, or as the object that it came
 * as, where that is kept anyway.
 */
final class HeldCoded implements AutoCloseable {
  private final boolean outsideHeap;
  private Coded coded;
  private Code code;
  private HostMemory memory;
  private int bytes;

  HeldCoded(boolean outsideHeap) {
    this.outsideHeap = outsideHeap;
  }

  /** Takes another slice in the place of what it held. */
  void hold(Coded next) {
    code = next.code();
    if (!outsideHeap) {
      coded = next;
      return;
    }
    if (memory == null || bytes != next.bytes().length) {
      close();
      bytes = next.bytes().length;
      memory = new HostMemory(bytes);
    }
    memory.write(0, next.bytes(), bytes);
  }

  /**
   * Decodes a part.
   *
   * @param from a multiple of {@link Coded#CHUNK}
   */
  void read(int from, float[] target, int count) {
    if (coded != null) {
      coded.read(from, target, count);
      return;
    }
    byte[] part = new byte[code.bytes(count)];
    memory.read(code.bytes(from), part, part.length);
    new Coded(code, count, part).read(0, target, count);
  }

  @Override
  public void close() {
    coded = null;
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }
}
