package org.kindling.checkpoint;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * A tensor as a file's header describes it. The header was checked: the bytes are in the file, and
 * they are no other tensor's.
 *
 * @param file where it lies
 * @param name as the header writes it
 * @param dtype as the header writes it, which may be one that Kindling does not read
 * @param shape row-major; any number of axes, none for a single number
 * @param from byte in the file where it begins
 * @param to byte in the file where it ends
 */
public record StoredTensor(
    Path file, String name, String dtype, List<Long> shape, long from, long to) {
  public StoredTensor {
    shape = List.copyOf(shape);
  }

  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  public long sizeBytes() {
    return to - from;
  }

  /** How to read it; empty if Kindling reads no numbers of this type. */
  public Optional<Dtype> readableAs() {
    return Dtype.stored(dtype);
  }

  /**
   * Whether it has this shape; an {@code Integer} and a {@code Long} list never equal each other.
   */
  public boolean hasShape(List<Integer> expected) {
    return shape.equals(expected.stream().map(Integer::longValue).toList());
  }
}
