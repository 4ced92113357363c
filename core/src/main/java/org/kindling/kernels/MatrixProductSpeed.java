package org.kindling.kernels;

import java.util.Arrays;
import java.util.concurrent.Callable;

/**
 * Speed of plain single-precision matrix products on one core of this machine, which a training
 * step is compared with: 10⁹ floating-point operations per second of each of several products.
 *
 * @param openBlasGflops by OpenBLAS's {@code cblas_sgemm}, with the loops it chose or was told to
 *     ({@code OPENBLAS_CORETYPE}): the usual yardstick
 * @param ownGflops by the library that the vector kernels use
 */
public record MatrixProductSpeed(double[] openBlasGflops, double[] ownGflops) {
  /** Rows, columns and inner extent. */
  private static final int EXTENT = 1024;

  private static final int WARMUP_PRODUCTS = 5;
  private static final int TIMED_PRODUCTS = 30;

  /**
   * Measures on the calling thread.
   *
   * @param together returns once every thread that measures beside this one is ready
   */
  public static MatrixProductSpeed measure(Callable<?> together) throws Exception {
    return new MatrixProductSpeed(
        gigaflops(new OpenBlas(), together), gigaflops(Blas.best(), together));
  }

  private static double[] gigaflops(Blas library, Callable<?> together) throws Exception {
    long elements = (long) EXTENT * EXTENT;
    try (CpuTensor a = new CpuTensor(elements);
        CpuTensor b = new CpuTensor(elements);
        CpuTensor product = new CpuTensor(elements)) {
      Blas blas = library.extent(EXTENT, EXTENT, EXTENT).factors(1f, 0f);
      Blas.Matrix left = new Blas.Matrix().at(a, 0, EXTENT);
      Blas.Matrix right = new Blas.Matrix().at(b, 0, EXTENT);
      Blas.Matrix result = new Blas.Matrix().at(product, 0, EXTENT);
      for (int i = 0; i < WARMUP_PRODUCTS; i++) {
        blas.product(left, right, result);
      }
      together.call();
      double[] speeds = new double[TIMED_PRODUCTS];
      Arrays.setAll(
          speeds,
          i -> {
            long start = System.nanoTime();
            blas.product(left, right, result);
            return 2.0 * EXTENT * EXTENT * EXTENT / (System.nanoTime() - start);
          });
      return speeds;
    }
  }
}
