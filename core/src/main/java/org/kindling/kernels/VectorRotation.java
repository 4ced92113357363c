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
      int first = CpuTensor.within(at);
      for (int head = 0; head < heads; head++) {
        int from = first + head * 2 * half;
        rotateHead(buffer, from, cosine, sine, CpuTensor.within(angles), half, sign);
      }
    }
  }

  private static void rotateHead(
      ByteBuffer x,
      int from,
      ByteBuffer cosines,
      ByteBuffer sines,
      int angles,
      int half,
      float sign) {
    int whole = Lanes.whole(half);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector cosine = load(cosines, angles + i);
      FloatVector sine = load(sines, angles + i).mul(sign);
      FloatVector a = load(x, from + i);
      FloatVector b = load(x, from + half + i);
      store(a.mul(cosine).sub(b.mul(sine)), x, from + i);
      store(b.mul(cosine).add(a.mul(sine)), x, from + half + i);
    }
    for (int i = whole; i < half; i++) {
      float cosine = Lanes.get(cosines, angles + i);
      float sine = Lanes.get(sines, angles + i) * sign;
      float a = Lanes.get(x, from + i);
      float b = Lanes.get(x, from + half + i);
      Lanes.put(x, from + i, a * cosine - b * sine);
      Lanes.put(x, from + half + i, b * cosine + a * sine);
    }
  }
}
