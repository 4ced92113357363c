package org.kindling.kernels;

/** The iteration of {@link MuonUpdate} on one matrix, in one {@link Precision}. */
interface MuonPolynomial extends AutoCloseable {
  /**
   * Takes X through all iterations.
   *
   * @param scratch X, dense, in its first elements on entry; {@link MuonUpdate#scratch} elements
   * @return position of the result in the scratch
   */
  long iterate(MatrixRange matrix, CpuTensor scratch);

  @Override
  void close();
}
