package org.kindling.training;

import org.kindling.exchange.Code;
import org.kindling.exchange.Coded;
import org.kindling.kernels.HostMemory;

/** A coded slice outside the heap. */
final class HeldCoded implements AutoCloseable {
  private final Code code;
  private final HostMemory memory;

  HeldCoded(Coded coded) {
    this.code = coded.code();
    this.memory = new HostMemory(coded.bytes().length);
    memory.write(0, coded.bytes(), coded.bytes().length);
  }

  /**
   * Decodes a part.
   *
   * @param from a multiple of {@link Coded#CHUNK}
   */
  void read(int from, float[] target, int count) {
    byte[] bytes = new byte[code.bytes(count)];
    memory.read(code.bytes(from), bytes, bytes.length);
    new Coded(code, count, bytes).read(0, target, count);
  }

  @Override
  public void close() {
    memory.close();
  }
}
