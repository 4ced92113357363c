package org.kindling.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Precision;

/** Products with parameters; in bf16 factors and results of single products are rounded. */
record TorchProducts(Precision precision) {
  private Tensor factor(Tensor x) {
    return precision == Precision.BF16 ? x.to(ScalarType.BFloat16) : x;
  }

  /** target = left · right. */
  void product(Tensor left, Tensor right, Tensor target) {
    if (precision == Precision.BF16) {
      target.copy_(torch.mm(factor(left), factor(right)));
    } else {
      torch.mm_out(target, left, right);
    }
  }

  /** target = target + left · right. */
  void addProduct(Tensor left, Tensor right, Tensor target) {
    if (precision == Precision.BF16) {
      target.add_(torch.mm(factor(left), factor(right)));
    } else {
      target.addmm_(left, right);
    }
  }
}
