package org.kindling.kernels;

import org.bytedeco.dnnl.global.dnnl;

/** Matrix products by oneDNN. */
final class OneDnnBlas extends Blas {
  private static final byte AS_IS = 'N';
  private static final byte TRANSPOSED = 'T';

  OneDnnBlas() {
    useOneThread();
  }

  @Override
  void useOneThread() {
    OpenMp.useOneThread();
  }

  @Override
  protected void multiply(
      boolean transposeA, boolean transposeB, Matrix a, Matrix b, Matrix result) {
    int status =
        dnnl.dnnl_sgemm(
            transposeA ? TRANSPOSED : AS_IS,
            transposeB ? TRANSPOSED : AS_IS,
            m,
            n,
            k,
            alpha,
            a.tensor.left(a.from),
            a.stride,
            b.tensor.right(b.from),
            b.stride,
            beta,
            result.tensor.result(result.from),
            result.stride);
    OneDnn.check(status, "product");
  }
}
