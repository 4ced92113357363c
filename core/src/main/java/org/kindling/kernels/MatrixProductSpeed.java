package org.kindling.kernels;

import java.util.Arrays;
import java.util.concurrent.Callable;

/**
 * Speed of a plain single-precision matrix product on one core of this machine: the ceiling that a
 * training step is compared with. Of oneDNN's and OpenBLAS's, the faster.
 */
public final class MatrixProductSpeed {
  /** Rows, columns and inner extent. */
  private static final int EXTENT = 1024;

  private static final int WARMUP_PRODUCTS = 5;
  private static final int TIMED_PRODUCTS = 30;

  private MatrixProductSpeed() {}

  /**
   * @param together returns once every thread that measures beside this one is ready
   * @return 10⁹ floating-point operations per second on the calling thread, of each product
   */
  public static double[] gigaflops(Callable<?> together) throws Exception {
    double[] best = gigaflops(Blas.best(), together);
    double[] other = gigaflops(new OpenBlas(), together);
    return median(other) > median(best) ? other : best;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
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
