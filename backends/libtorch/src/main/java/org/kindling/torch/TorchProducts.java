package org.kindling.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Precision;

/** Products with parameters; in bf16 factors and results of single products are rounded. */
record TorchProducts(Precision precision) {
  /** As products take it. */
  Tensor factor(Tensor x) {
    return precision == Precision.BF16 ? x.to(ScalarType.BFloat16) : x;
  }

  /** target = left · right. */
  void product(Tensor left, Tensor right, Tensor target) {
    if (precision == Precision.FP32) {
      torch.mm_out(target, left, right);
    } else if (TorchTensor.isHalf(target)) {
      torch.mm_out(target, factor(left), factor(right));
    } else {
      target.copy_(torch.mm(factor(left), factor(right)));
    }
  }

  /** target = left · right + bias, the bias in each row. */
  void product(Tensor left, Tensor right, Tensor bias, Tensor target) {
    if (precision == Precision.FP32) {
      torch.addmm_out(target, bias, left, right);
    } else if (TorchTensor.isHalf(target)) {
      torch.addmm_out(target, factor(bias), factor(left), factor(right));
    } else {
      target.copy_(torch.addmm(factor(bias), factor(left), factor(right)));
    }
  }

  /** target = target + alpha · left · right. */
  void addProduct(Tensor left, Tensor right, double alpha, Tensor target) {
    if (precision == Precision.BF16) {
      target.add_(torch.mm(factor(left), factor(right)), new Scalar(alpha));
    } else {
      target.addmm_(left, right, new Scalar(1), new Scalar(alpha));
    }
  }
}
