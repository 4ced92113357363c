package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/** Rotary position embeddings in place: pairs (i, i + n) of each head of width 2n. */
final class VectorRotation {
  private VectorRotation() {}

  /**
   * @param sign 1 to turn, −1 to turn back
   */
  static void rotate(Rotation rotation, Sequences sequences, int heads, Columns x, float sign) {
    CpuTensor tensor = CpuTensor.of(x.tensor());
    CpuTensor cosines = CpuTensor.of(rotation.cosines());
    CpuTensor sines = CpuTensor.of(rotation.sines());
    int half = rotation.half();
    int rows = sequences.rows();
    for (int row = 0; row < rows; row++) {
      long at = (long) row * x.stride() + x.from();
      long angles = (long) sequences.position(row) * half;
      ByteBuffer buffer = tensor.window(at);
      ByteBuffer cosine = cosines.window(angles);
      ByteBuffer sine = sines.window(angles);
      rotateRow(
          new Row(buffer, CpuTensor.within(at), cosine, sine, CpuTensor.within(angles)),
          heads,
          half,
          sign);
    }
  }

  /** A row of heads from element {@code first}, and its position's angles. */
  private record Row(ByteBuffer x, int first, ByteBuffer cosines, ByteBuffer sines, int angles) {}

  /** Heads in the inner loop: they share the angles. */
  private static void rotateRow(Row row, int heads, int half, float sign) {
    ByteBuffer x = row.x();
    int whole = Lanes.whole(half);
    int end = row.first() + heads * 2 * half;
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector cosine = load(row.cosines(), row.angles() + i);
      FloatVector sine = load(row.sines(), row.angles() + i).mul(sign);
      for (int at = row.first() + i; at < end; at += 2 * half) {
        FloatVector a = load(x, at);
        FloatVector b = load(x, at + half);
        store(a.mul(cosine).sub(b.mul(sine)), x, at);
        store(b.mul(cosine).add(a.mul(sine)), x, at + half);
      }
    }
    for (int i = whole; i < half; i++) {
      float cosine = Lanes.get(row.cosines(), row.angles() + i);
      float sine = Lanes.get(row.sines(), row.angles() + i) * sign;
      for (int at = row.first() + i; at < end; at += 2 * half) {
        float a = Lanes.get(x, at);
        float b = Lanes.get(x, at + half);
        Lanes.put(x, at, a * cosine - b * sine);
        Lanes.put(x, at + half, b * cosine + a * sine);
      }
    }
  }
}
