package org.kindling.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Sequences;

/**
 * Positions of rows on a device. All layers of a pass ask for those of the same sequences, and each
 * copy to a GPU would wait for it.
 */
final class TorchPositions implements AutoCloseable {
  private final TorchDevice device;
  private Sequences known;
  private Tensor positions;

  TorchPositions(TorchDevice device) {
    this.device = device;
  }

  /** [rows]; stays this object's. */
  Tensor of(Sequences sequences) {
    if (known != sequences) {
      close();
      positions = copy(sequences);
      known = sequences;
    }
    return positions;
  }

  /** Of a pass that begins: the same sequences may hold other documents than before. */
  Tensor renewed(Sequences sequences) {
    close();
    return of(sequences);
  }

  private Tensor copy(Sequences sequences) {
    long[] values = new long[sequences.rows()];
    for (int row = 0; row < values.length; row++) {
      values[row] = sequences.position(row);
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor copy = TorchTensor.longs(values, values.length).to(device.place(), ScalarType.Long);
      // Outlives this scope and the caller's.
      copy.retainReference();
      return copy;
    }
  }

  @Override
  public void close() {
    if (positions != null) {
      positions.releaseReference();
      positions = null;
      known = null;
    }
  }
}
