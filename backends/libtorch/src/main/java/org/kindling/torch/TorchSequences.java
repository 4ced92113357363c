package org.kindling.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.kindling.kernels.Rotation;
import org.kindling.kernels.Sequences;

/** What depends on where a row stands. Everything made here lives in the caller's scope. */
final class TorchSequences {
  private TorchSequences() {}

  /**
   * Turns heads by the angles of their positions, in place.
   *
   * @param at [rows], positions
   * @param sign 1, or −1 to turn back
   * @param heads [rows, heads, 2n]
   */
  static void rotate(Rotation rotation, Tensor at, int sign, Tensor heads) {
    int half = rotation.half();
    Tensor cosine = angles(rotation.cosines(), half, at);
    Tensor sine = angles(rotation.sines(), half, at).mul_(new Scalar(sign));
    Tensor a = heads.narrow(2, 0, half);
    Tensor b = heads.narrow(2, half, half);
    Tensor turned = a.mul(cosine).sub_(b.mul(sine));
    b.copy_(b.mul(cosine).add_(a.mul(sine)));
    a.copy_(turned);
  }

  /** [rows, 1, n] */
  private static Tensor angles(org.kindling.kernels.Tensor table, int half, Tensor at) {
    long positions = table.size() / half;
    return TorchTensor.of(table).matrix(0, positions, half).index_select(0, at).unsqueeze(1);
  }

  /** [rows] on the host: where each row's keys and values lie in a cache. */
  static Tensor slots(Sequences sequences) {
    long[] slots = new long[sequences.rows()];
    for (int row = 0; row < slots.length; row++) {
      int sequence = row / sequences.computed();
      long slot = (long) sequences.slot(sequence) * sequences.capacity();
      slots[row] = slot + sequences.first(sequence) + row % sequences.computed();
    }
    return TorchTensor.longs(slots, slots.length);
  }
}
