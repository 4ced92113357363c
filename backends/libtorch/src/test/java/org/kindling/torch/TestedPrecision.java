package org.kindling.torch;

import org.kindling.kernels.KernelPairs;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;

/** What libtorch's kernels compute in, and how far from the oracle an operation may then be. */
enum TestedPrecision {
  FP32(2e-6),
  BF16(2e-2),

  /** Results are read as float32. */
  FP64(1e-7);

  private final double tolerance;

  TestedPrecision(double tolerance) {
    this.tolerance = tolerance;
  }

  /** Of the norm of a difference by the norm of what is expected. */
  double tolerance() {
    return tolerance;
  }

  /** Of what is never rounded to bfloat16: sums of squares, parameters and moments. */
  double toleranceOfMasters() {
    return this == BF16 ? FP32.tolerance : tolerance;
  }

  /** New kernels, which the caller closes. */
  Kernels kernels() {
    return switch (this) {
      case FP32 -> Kernels.named("torch");
      case BF16 -> Kernels.named("torch", Precision.BF16);
      case FP64 -> TorchProvider.inDouble();
    };
  }

  /** Such kernels beside the oracle. */
  KernelPairs pairs() {
    return new KernelPairs(kernels());
  }
}
