package org.kindling.tokenizer;

import java.util.Arrays;

/** Token ids in the making. */
final class TokenBuffer {
  private static final int LARGEST_KEPT = 1 << 20;

  int[] ids = new int[1024];
  int size;

  /** Makes room for so many more. */
  void reserve(int more) {
    if (ids.length - size < more) {
      ids = Arrays.copyOf(ids, Math.max(ids.length * 2, size + more));
    }
  }

  /** The ids, of which the buffer is empty afterwards. */
  int[] take() {
    int[] taken = Arrays.copyOf(ids, size);
    size = 0;
    if (ids.length > LARGEST_KEPT) {
      ids = new int[1024];
    }
    return taken;
  }
}
