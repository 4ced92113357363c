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
    return TorchProvider.class.getResource(folder() + "libtorch_cpu.so") != null
        ? Optional.empty()
        : Optional.of(
            "'torch' needs libtorch for "
                + Loader.getPlatform()
                + " on the class path; see docs/libtorch.md, or use auto");
  }

  /** Where the class path has the libraries of this platform; asking loads none of them. */
  static String folder() {
    String extension = System.getProperty("org.bytedeco.javacpp.platform.extension", "");
    return "/org/bytedeco/pytorch/" + Loader.getPlatform() + extension + "/";
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
