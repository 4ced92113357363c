package org.kindling.gguf;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A tensor to write.
 *
 * @param name at most 63 bytes: the specification allows 64, but ggml needs one for its terminator
 * @param shape row-major as in PyTorch, [rows, columns] for a matrix; the file lists it backwards
 * @param elements row-major, rounded to {@code type} as they are written
 */
record GgufTensor(String name, List<Long> shape, GgufType type, ElementSource elements) {
  private static final int LONGEST_NAME_BYTES = 63;
  private static final int MOST_DIMENSIONS = 4;

  GgufTensor {
    shape = List.copyOf(shape);
    int nameBytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (nameBytes < 1 || nameBytes > LONGEST_NAME_BYTES) {
      throw new IllegalArgumentException(
          "tensor '"
              + name
              + "': the name has "
              + nameBytes
              + " bytes, expected 1 to "
              + LONGEST_NAME_BYTES
              + "; shorten it");
    }
    if (shape.isEmpty() || shape.size() > MOST_DIMENSIONS) {
      throw new IllegalArgumentException(
          "tensor " + name + ": found shape " + shape + ", expected 1 to 4 dimensions");
    }
    for (long dimension : shape) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "tensor " + name + ": found shape " + shape + ", expected dimensions of at least 1");
      }
    }
  }

  long count() {
    return count(shape);
  }

  static long count(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  long sizeBytes() {
    return Math.multiplyExact(count(), (long) type.dtype().bytes());
  }
}
