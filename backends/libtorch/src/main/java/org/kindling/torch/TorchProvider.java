package org.kindling.torch;

import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.AssignedGpu;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsProvider;
import org.kindling.kernels.Precision;

/** Kernels of libtorch's operations, on a core or on a GPU. */
public final class TorchProvider implements KernelsProvider {
  static final String NAME = "torch";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isForGpus() {
    return Libraries.ofThisProcess().areForGpus();
  }

  @Override
  public Optional<String> obstacle(Device device) {
    return device == Device.CUDA
        ? obstacleOfBuild().or(() -> Cards.obstacle(CudaDriver.ofThisProcess(), address()))
        : Libraries.ofThisProcess().obstacle();
  }

  @Override
  public Optional<String> obstacle(CudaDriver driver, int address) {
    return obstacleOfBuild().or(() -> Cards.obstacle(driver, address));
  }

  /** Asks no driver. */
  private Optional<String> obstacleOfBuild() {
    Optional<String> missing = Libraries.ofThisProcess().obstacle();
    return missing.isPresent() || isForGpus()
        ? missing
        : Optional.of(
            "'torch' has libtorch for CPUs on the class path; build with -Plibtorch-cuda as"
                + " docs/gpu.md says, or use device cpu");
  }

  /** Of the GPU that Spark gave to this thread's task, else of the first. */
  private static int address() {
    return AssignedGpu.ofThisThread().orElse(0);
  }

  @Override
  public boolean has(Precision precision) {
    return true;
  }

  @Override
  public Kernels create(Precision precision, Device device) {
    return new TorchKernels(on(device, precision), ScalarType.Float, precision);
  }

  private TorchDevice on(Device device, Precision precision) {
    boolean gpu = device == Device.CUDA || device == Device.AUTO && obstacle(Device.CUDA).isEmpty();
    if (!gpu) {
      return TorchDevice.cpu();
    }
    Cards.requirePrecision(CudaDriver.ofThisProcess(), address(), precision);
    return TorchDevice.gpu(address());
  }

  /** The same in double precision: exact enough to check gradients by differences. */
  public static Kernels inDouble() {
    return new TorchKernels(TorchDevice.cpu(), ScalarType.Double, Precision.FP32);
  }
}
