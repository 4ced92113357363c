package org.kindling.kernels;

import org.bytedeco.javacpp.Pointer;

/** Memory that grows to what its largest user needs, and holds nothing between two uses. */
final class Workspace implements AutoCloseable {
  private CpuTensor memory = new CpuTensor(1);

  /** Makes room; called before any use, since it moves the memory. */
  void atLeast(long bytes) {
    long elements = (bytes + Float.BYTES - 1) / Float.BYTES;
    if (elements > memory.size()) {
      memory.close();
      memory = new CpuTensor(elements);
    }
  }

  Pointer address() {
    return memory.bytes(0);
  }

  @Override
  public void close() {
    memory.close();
  }
}
