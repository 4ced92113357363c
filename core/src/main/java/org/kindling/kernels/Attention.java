package org.kindling.kernels;

/** Scaled dot-product attention of {@link VectorKernels}; arguments as of {@link Kernels}. */
interface Attention extends AutoCloseable {
  long memory(Sequences sequences, Heads heads);

  void forward(
      Sequences sequences, Heads heads, Kernels.AttentionInputs in, CpuTensor saved, Tensor out);

  void backward(
      Sequences sequences,
      Heads heads,
      Kernels.AttentionPass pass,
      Tensor dOut,
      Kernels.AttentionInputs d);

  @Override
  void close();
}
