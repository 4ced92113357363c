package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;

/**
 * Keys and values of one block for several sequences. Each is [key heads, slots, capacity, head
 * width]: what one query reads lies in one run of memory, which at long texts takes half the time
 * of rows that hold all heads.
 */
final class KeyValueCache {
  private final int width;
  private final int capacity;
  private final Columns keys;
  private final Columns values;
  private final List<Tensor> keysByHead;
  private final List<Tensor> valuesByHead;

  KeyValueCache(Arena arena, Heads heads, int slots, int capacity) {
    this.width = heads.width();
    this.capacity = capacity;
    long ofHead = (long) slots * capacity * width;
    Tensor allKeys = arena.take(Arena.Role.CACHE, heads.kvCount() * ofHead);
    Tensor allValues = arena.take(Arena.Role.CACHE, heads.kvCount() * ofHead);
    keys = new Columns(allKeys, 0, width, ofHead);
    values = new Columns(allValues, 0, width, ofHead);
    keysByHead = byHead(allKeys, heads.kvCount(), ofHead);
    valuesByHead = byHead(allValues, heads.kvCount(), ofHead);
  }

  private static List<Tensor> byHead(Tensor all, int heads, long ofHead) {
    List<Tensor> slices = new ArrayList<>();
    for (int head = 0; head < heads; head++) {
      slices.add(all.slice(head * ofHead, ofHead));
    }
    return slices;
  }

  Columns keys() {
    return keys;
  }

  Columns values() {
    return values;
  }

  /** Puts new keys and values behind those that are in their slots already. */
  void append(Kernels kernels, Sequences sequences, Kernels.AttentionInputs in) {
    append(kernels, sequences, in.keys(), keysByHead);
    append(kernels, sequences, in.values(), valuesByHead);
  }

  private void append(Kernels kernels, Sequences sequences, Columns from, List<Tensor> to) {
    for (int head = 0; head < to.size(); head++) {
      Columns own = new Columns(from.tensor(), from.from() + head * width, from.stride());
      kernels.appendToCache(sequences, width, own, Columns.all(to.get(head), width));
    }
  }

  /** Makes a slot hold what another one holds of its first positions. */
  void copy(Kernels kernels, int from, int to, int positions) {
    Sequences rows = Sequences.continued(new int[1], new int[] {to}, positions, capacity);
    long slot = (long) capacity * width;
    for (List<Tensor> heads : List.of(keysByHead, valuesByHead)) {
      for (Tensor head : heads) {
        Tensor source = head.slice(from * slot, slot);
        kernels.appendToCache(rows, width, Columns.all(source, width), Columns.all(head, width));
      }
    }
  }
}
