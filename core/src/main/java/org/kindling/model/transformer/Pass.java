package org.kindling.model.transformer;

import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;

/** One pass through the layers: by which kernels, over which sequences. */
record Pass(Kernels kernels, Sequences sequences) {
  int rows() {
    return sequences.rows();
  }
}
