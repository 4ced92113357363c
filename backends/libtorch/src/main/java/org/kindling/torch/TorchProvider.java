package org.kindling.torch;

import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsProvider;
import org.kindling.kernels.Precision;

/** Kernels of libtorch's operations. */
public final class TorchProvider implements KernelsProvider {
  static final String NAME = "torch";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> obstacle() {
    String folder = "/org/bytedeco/pytorch/" + Loader.getPlatform() + "/libtorch_cpu.so";
    return TorchProvider.class.getResource(folder) != null
        ? Optional.empty()
        : Optional.of(
            "'torch' needs libtorch for "
                + Loader.getPlatform()
                + " on the class path; see docs/libtorch.md, or use auto");
  }

  @Override
  public boolean has(Precision precision) {
    return true;
  }

  @Override
  public Kernels create(Precision precision) {
    return new TorchKernels("cpu", ScalarType.Float, precision);
  }

  /** The same in double precision: exact enough to check gradients by differences. */
  public static Kernels inDouble() {
    return new TorchKernels("cpu", ScalarType.Double, Precision.FP32);
  }
}
