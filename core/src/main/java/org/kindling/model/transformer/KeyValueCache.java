package org.kindling.model.transformer;

import org.kindling.kernels.Arena;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;

/** Keys and values of one block for several sequences: [slots, capacity, key | value]. */
final class KeyValueCache {
  private final int capacity;
  private final int stride;
  private final Tensor tensor;
  private final Columns keys;
  private final Columns values;

  KeyValueCache(Arena arena, Heads heads, int slots, int capacity) {
    this.capacity = capacity;
    this.stride = 2 * heads.keyWidth();
    tensor = arena.take(Arena.Role.CACHE, (long) slots * capacity * stride);
    keys = new Columns(tensor, 0, stride);
    values = new Columns(tensor, heads.keyWidth(), stride);
  }

  Columns keys() {
    return keys;
  }

  Columns values() {
    return values;
  }

  /** Makes a slot hold what another one holds of its first positions. */
  void copy(Kernels kernels, int from, int to, int positions) {
    long slot = (long) capacity * stride;
    Sequences rows = Sequences.continued(new int[1], new int[] {to}, positions, capacity);
    try (Tensor source = tensor.slice(from * slot, slot)) {
      kernels.appendToCache(rows, stride, Columns.all(source, stride), Columns.all(tensor, stride));
    }
  }
}
