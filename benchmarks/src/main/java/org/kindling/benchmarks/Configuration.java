package org.kindling.benchmarks;

import org.kindling.kernels.Heads;
import org.kindling.kernels.Sequences;

/** The two sizes of model that Kindling's speed is quoted for. */
public enum Configuration {
  /** 0.8 million parameters with a vocabulary of 65. */
  A(4, 128, 64, 12),
  /** 12.2 million parameters with a vocabulary of 4096. */
  B(6, 384, 256, 8);

  private final int heads;
  private final int width;
  private final int context;
  private final int batch;

  Configuration(int heads, int width, int context, int batch) {
    this.heads = heads;
    this.width = width;
    this.context = context;
    this.batch = batch;
  }

  int width() {
    return width;
  }

  /** Rows of every activation matrix: batch · context. */
  int rows() {
    return batch * context;
  }

  Heads heads() {
    return new Heads(heads, width / heads);
  }

  Sequences sequences() {
    return Sequences.whole(batch, context);
  }
}
