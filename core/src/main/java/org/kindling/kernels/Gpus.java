package org.kindling.kernels;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * The GPUs of this process: whether ND4J's CUDA backend is on the class path, which GPUs it can
 * use, and which of them a thread computes on. Thread-safe.
 */
public final class Gpus {
  /**
   * CUDA 11 runs on this driver and newer ones, as NVIDIA's table of minor version compatibility
   * says.
   */
  private static final int OLDEST_DRIVER = 450;

  /**
   * Compute capabilities that nd4j-cuda-11.6 1.0.0-M2.1 holds machine code for, as the lowest minor
   * number of each major one: 3.7, 5.0, 5.2, 6.0, 6.1, 7.0, 7.5, 8.0 and 8.6. Code runs on later
   * minor numbers of its major one. It holds no PTX, from which a driver could make code for
   * others.
   */
  private static final Map<Integer, Integer> LOWEST_MINOR = Map.of(3, 7, 5, 0, 6, 0, 7, 0, 8, 0);

  private static final Gpus THIS =
      new Gpus(new Nd4jRuntime(), LibCuda.MODULE, () -> CudaDriver.probe().obstacle());

  static {
    JavaCppLimits.lift();
  }

  private final Runtime runtime;
  private final Path driver;
  private final Supplier<Optional<String>> obstacle;
  private final Map<Integer, Gpu> checked = new ConcurrentHashMap<>();

  /**
   * A GPU that can be used.
   *
   * @param address number among the GPUs that this process sees
   * @param capability such as 8.0
   * @param driver version of NVIDIA's driver, or "unknown"
   */
  public record Gpu(int address, String name, String capability, String driver) {}

  /** What is asked of CUDA; tests answer from recordings. */
  interface Runtime {
    int count();

    String name(int address);

    int major(int address);

    int minor(int address);

    void use(int address);
  }

  Gpus(Runtime runtime, Path driver) {
    this(runtime, driver, Optional::empty);
  }

  /**
   * @param obstacle why no GPU can be used, asked for before {@code runtime} is touched, whose
   *     native code may end the process where there is no driver
   */
  Gpus(Runtime runtime, Path driver, Supplier<Optional<String>> obstacle) {
    this.runtime = runtime;
    this.driver = driver;
    this.obstacle = obstacle;
  }

  /** Whether this class path computes on GPUs. */
  public static boolean hasBackend() {
    return KernelChoice.hasCuda();
  }

  /**
   * Has the calling thread compute on a GPU from now on.
   *
   * @throws IllegalArgumentException if the GPU or its driver cannot run the backend's code
   */
  public static Gpu use(int address) {
    return THIS.bind(address);
  }

  /** The GPU that the calling thread computes on. */
  static Gpu current() {
    THIS.requireDriver();
    return THIS.bind(Nd4j.getAffinityManager().getDeviceForCurrentThread());
  }

  private void requireDriver() {
    if (checked.isEmpty()) {
      obstacle
          .get()
          .ifPresent(
              problem -> {
                throw new IllegalArgumentException(problem + ", or train on CPUs");
              });
    }
  }

  Gpu bind(int address) {
    Gpu gpu = checked.computeIfAbsent(address, this::check);
    runtime.use(address);
    return gpu;
  }

  private Gpu check(int address) {
    requireDriver();
    String version = driverVersion();
    int count = runtime.count();
    if (address >= count) {
      throw new IllegalArgumentException(
          String.format(
              "GPU %d: this process sees %d; check CUDA_VISIBLE_DEVICES and the discovery script",
              address, count));
    }
    String capability = runtime.major(address) + "." + runtime.minor(address);
    CudaDriver.Card card = new CudaDriver.Card(address, runtime.name(address), capability, 0);
    withoutCode(card)
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
    return new Gpu(address, card.name(), capability, version);
  }

  /** Why the backend has no code for a card; empty if it has some. */
  static Optional<String> withoutCode(CudaDriver.Card card) {
    String[] parts = card.capability().split("\\.");
    Integer lowest = LOWEST_MINOR.get(Integer.parseInt(parts[0]));
    return lowest != null && Integer.parseInt(parts[1]) >= lowest
        ? Optional.empty()
        : Optional.of(
            String.format(
                "GPU %d, %s: has compute capability %s, for which nd4j-cuda-11.6 has no code; use one"
                    + " of 3.7, 5.x to 8.x (up to Ampere and Ada), torch kernels, or train on CPUs",
                card.address(), card.name(), card.capability()));
  }

  private String driverVersion() {
    String version = LibCuda.driverVersion(driver);
    if (!version.equals(LibCuda.UNKNOWN)
        && Integer.parseInt(version.split("\\.")[0]) < OLDEST_DRIVER) {
      throw new IllegalArgumentException(
          String.format(
              "NVIDIA driver %s: CUDA 11.6 needs %d.80 or newer; install a newer driver, or train on"
                  + " CPUs",
              version, OLDEST_DRIVER));
    }
    return version;
  }

  private static final class Nd4jRuntime implements Runtime {
    private static NativeOps cuda() {
      // The backend has to be chosen before it can be asked.
      Nd4j.getBackend();
      return NativeOpsHolder.getInstance().getDeviceNativeOps();
    }

    @Override
    public int count() {
      return cuda().getAvailableDevices();
    }

    @Override
    public String name(int address) {
      return cuda().getDeviceName(address);
    }

    @Override
    public int major(int address) {
      return cuda().getDeviceMajor(address);
    }

    @Override
    public int minor(int address) {
      return cuda().getDeviceMinor(address);
    }

    @Override
    public void use(int address) {
      Nd4j.getAffinityManager().unsafeSetDevice(address);
    }
  }
}
