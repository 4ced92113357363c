package org.kindling.kernels;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What NVIDIA's driver says of this machine. It is asked through {@code libcuda.so.1} alone: no
 * library of CUDA's toolkit is loaded, no kernel and no context, so that a machine without a driver
 * gets an answer where a first touch of a GPU backend would end the process.
 *
 * <pre>{@code
 * CudaDriver.probe().obstacle(); // Optional[NVIDIA's driver: libcuda.so.1 is not on this machine; …]
 * }</pre>
 *
 * @param version of the driver, such as 580.65.06, or "unknown"
 * @param cuda newest version of CUDA that the driver supports, such as 13.0; "none" without driver
 * @param cards in the order of their addresses
 * @param obstacle why no GPU can be used, in one line; empty if one can
 */
public record CudaDriver(String version, String cuda, List<Card> cards, Optional<String> obstacle) {
  private static final int NO_DEVICE = 100;
  private static final int STUB = 34;
  private static final int MISMATCH = 803;

  /**
   * A GPU as its driver describes it.
   *
   * @param capability compute capability, such as 9.0
   * @param memoryBytes of the whole card
   */
  public record Card(int address, String name, String capability, long memoryBytes) {}

  /** The calls that are made; tests answer for a driver that is not there. */
  interface Library {
    /** Initializes the driver; status of CUDA, 0 if all is well. */
    int initialize();

    /** 1000 · major + 10 · minor. */
    int cudaVersion();

    /** Of the kernel module. */
    String driverVersion();

    int count();

    Card card(int address);
  }

  public CudaDriver {
    cards = List.copyOf(cards);
  }

  /** The driver of this machine, asked once a process. */
  public static CudaDriver ofThisProcess() {
    return Once.ANSWER;
  }

  private static final class Once {
    static final CudaDriver ANSWER = probe();
  }

  /** Asks the driver of this machine; takes milliseconds, more where GPUs have to wake up. */
  public static CudaDriver probe() {
    return probe(LibCuda.NAME);
  }

  /**
   * @param name of the driver's library, or its path
   */
  static CudaDriver probe(String name) {
    Library library;
    try {
      library = new LibCuda(name);
    } catch (UnsatisfiedLinkError e) {
      return without(
          "none",
          "NVIDIA's driver: "
              + name
              + " is not on this machine; install the driver, in a container start it with the NVIDIA"
              + " runtime");
    }
    try {
      return probe(library);
    } catch (UnsatisfiedLinkError e) {
      // An empty file of that name lets other libraries load on machines without a driver.
      return without("none", stub(name));
    } catch (IllegalStateException e) {
      return without(library.driverVersion(), "NVIDIA's driver: " + e.getMessage());
    }
  }

  private static String stub(String name) {
    return "NVIDIA's driver: " + name + " is a stub without functions; install the driver";
  }

  static CudaDriver probe(Library library) {
    int status = library.initialize();
    String version = library.driverVersion();
    if (status != 0) {
      return without(version, problem(status));
    }
    int count = library.count();
    if (count == 0) {
      return without(version, problem(NO_DEVICE));
    }
    List<Card> cards = IntStream.range(0, count).mapToObj(library::card).toList();
    int cuda = library.cudaVersion();
    return new CudaDriver(version, cuda / 1000 + "." + cuda % 1000 / 10, cards, Optional.empty());
  }

  private static CudaDriver without(String version, String obstacle) {
    return new CudaDriver(version, "none", List.of(), Optional.of(obstacle));
  }

  private static String problem(int status) {
    return switch (status) {
      case NO_DEVICE ->
          "NVIDIA's driver: sees no GPU; check nvidia-smi and CUDA_VISIBLE_DEVICES, in a container"
              + " ask for GPUs";
      case STUB -> stub(LibCuda.NAME);
      case MISMATCH ->
          "NVIDIA's driver: its library and its kernel module differ in version; restart the machine"
              + " after the update";
      default ->
          "NVIDIA's driver: does not start (CUDA status "
              + status
              + "); check nvidia-smi and dmesg for Xid";
    };
  }
}
