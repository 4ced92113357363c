package org.kindling.kernels;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Single-precision matrix products over {@link CpuTensor}s, without copies and on the calling
 * thread alone: a call costs half a microsecond. Operands are given as tensor, first element and
 * leading dimension; the result has m rows and n columns, and k is summed over.
 */
abstract class Blas {
  private static final Logger LOG = LoggerFactory.getLogger(Blas.class);

  /** Why {@link OneDnnBlas} cannot be used; null if it can. Loads the library, once. */
  private static final class Obstacle {
    static final LinkageError TO_ONE_DNN = find();

    private static LinkageError find() {
      try {
        OpenMp.useOneThread();
        return null;
      } catch (LinkageError e) {
        LOG.info("oneDNN cannot be loaded here ({}); OpenBLAS multiplies matrices", e.toString());
        return e;
      }
    }
  }

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
  protected int m;

  protected int n;
  protected int k;
  protected float alpha;
  protected float beta;

  /**
   * oneDNN's product, which compiles its loops for the processor at hand: a few percent faster than
   * OpenBLAS's, and twice as fast where OpenBLAS takes the processor for an older one. OpenBLAS's
   * where oneDNN has no build for the system. The same on every call.
   */
  static Blas best() {
    return Obstacle.TO_ONE_DNN == null ? new OneDnnBlas() : new OpenBlas();
  }

  /**
   * One task has one core; a second thread would take another task's. ND4J changes this when it is
   * loaded, so every pass sets it again.
   */
  abstract void useOneThread();

  /** Sets the extents of the products that follow. */
  final Blas extent(int newM, int newN, int newK) {
    m = newM;
    n = newN;
    k = newK;
    return this;
  }

  /** Sets result = alpha · product + beta · result. */
  final Blas factors(float newAlpha, float newBeta) {
    alpha = newAlpha;
    beta = newBeta;
    return this;
  }

  /** result [m, n] = a [m, k] · b [k, n]. */
  final void product(Matrix a, Matrix b, Matrix result) {
    multiply(false, false, a, b, result);
  }

  /** result [m, n] = a [m, k] · b [n, k] transposed. */
  final void productTransposed(Matrix a, Matrix b, Matrix result) {
    multiply(false, true, a, b, result);
  }

  /** result [m, n] = a [k, m] transposed · b [k, n]. */
  final void transposedProduct(Matrix a, Matrix b, Matrix result) {
    multiply(true, false, a, b, result);
  }

  protected abstract void multiply(
      boolean transposeA, boolean transposeB, Matrix a, Matrix b, Matrix result);
}
