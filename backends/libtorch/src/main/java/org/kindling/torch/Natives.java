package org.kindling.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.kindling.kernels.EnvironmentVariables;
import org.kindling.kernels.SharedLibraries;

/**
 * Loads libtorch's native libraries, once a process. JavaCPP loads one as soon as it is unpacked,
 * and the linker finds the others beside it, or else those of the system: beside a libtorch of the
 * system's own the process would die. So all are unpacked before the first is loaded.
 */
final class Natives {
  private static final List<String> COMMON =
      List.of("libc10.so", "libgomp.so.1", "libtorch_cpu.so", "libtorch.so", "libjnitorch.so");
  private static final List<String> OF_GPUS =
      List.of("libc10_cuda.so", "libtorch_cuda.so", "libtorch_cuda_linalg.so");

  static {
    Libraries libraries = Libraries.ofThisProcess();
    libraries
        .obstacle()
        .ifPresent(
            problem -> {
              throw new IllegalStateException("torch kernels: " + problem);
            });
    if (libraries.areForGpus()) {
      // cuBLAS reads it when it makes its first workspace: equal bits from run to run want it.
      EnvironmentVariables.setIfMissing("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
      loadCuda();
    }
    if (libraries.folder() == null) {
      unpack(libraries);
    } else {
      search(libraries.folder());
    }
    Loader.load(torch.class);
  }

  private Natives() {}

  /** By their paths: the linker then takes them for those that libtorch names. */
  private static void loadCuda() {
    SharedLibraries machine = Libraries.machine();
    for (String library : Libraries.OF_CUDA) {
      System.load(machine.find(library).orElseThrow().toAbsolutePath().toString());
    }
  }

  private static void unpack(Libraries libraries) {
    try {
      for (String library : COMMON) {
        Loader.cacheResource(torch.class, libraries.resource(library));
      }
      if (libraries.areForGpus()) {
        for (String library : OF_GPUS) {
          Loader.cacheResource(torch.class, libraries.resource(library));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("torch kernels: cannot unpack libtorch: " + e.getMessage(), e);
    }
  }

  /** JavaCPP looks there for what the class path does not have. */
  private static void search(Path folder) {
    for (String library : COMMON) {
      if (!Files.exists(folder.resolve(library))) {
        throw new IllegalStateException(
            "torch kernels: "
                + folder
                + " has no "
                + library
                + "; pack it again with cluster-config/gpu/pack-libtorch");
      }
    }
    Loader.loadProperties().setProperty("platform.preloadpath", folder.toString());
  }

  /** Returns once they are loaded. */
  static void load() {
    // The initializer did it.
  }
}
