package org.kindling.kernels;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;

import org.bytedeco.openblas.global.openblas;

/**
 * Single-precision matrix products by OpenBLAS over {@link CpuTensor}s, without copies: a call
 * costs half a microsecond. Operands are given as tensor, first element and leading dimension; the
 * result has m rows and n columns, and k is summed over.
 */
final class Blas {
  /** A matrix inside a tensor; mutable, so that loops allocate none. */
  static final class Matrix {
    CpuTensor tensor;
    long from;
    int stride;

    Matrix at(CpuTensor newTensor, long newFrom, int newStride) {
      tensor = newTensor;
      from = newFrom;
      stride = newStride;
      return this;
    }
  }

  /** Extent of a product: [m, k] · [k, n] → [m, n]. */
  private int m;

  private int n;
  private int k;
  private float alpha;
  private float beta;

  Blas() {
    useOneThread();
  }

  /**
   * One task has one core; a second BLAS thread would take another task's. The setting is the
   * process's, and ND4J changes it when it is loaded, so every pass looks at it, which costs 20 ns
   * where setting it costs 200 µs.
   */
  static void useOneThread() {
    if (openblas.blas_get_num_threads() != 1) {
      openblas.blas_set_num_threads(1);
    }
  }

  /** Sets the extents of the products that follow. */
  Blas extent(int newM, int newN, int newK) {
    m = newM;
    n = newN;
    k = newK;
    return this;
  }

  /** Sets result = alpha · product + beta · result. */
  Blas factors(float newAlpha, float newBeta) {
    alpha = newAlpha;
    beta = newBeta;
    return this;
  }

  /** result [m, n] = a [m, k] · b [k, n]. */
  void product(Matrix a, Matrix b, Matrix result) {
    gemm(CblasNoTrans, CblasNoTrans, a, b, result);
  }

  /** result [m, n] = a [m, k] · b [n, k] transposed. */
  void productTransposed(Matrix a, Matrix b, Matrix result) {
    gemm(CblasNoTrans, CblasTrans, a, b, result);
  }

  /** result [m, n] = a [k, m] transposed · b [k, n]. */
  void transposedProduct(Matrix a, Matrix b, Matrix result) {
    gemm(CblasTrans, CblasNoTrans, a, b, result);
  }

  private void gemm(int transposeA, int transposeB, Matrix a, Matrix b, Matrix result) {
    openblas.cblas_sgemm(
        CblasRowMajor,
        transposeA,
        transposeB,
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
  }
}
