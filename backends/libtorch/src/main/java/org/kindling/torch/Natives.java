package org.kindling.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's native libraries. JavaCPP loads one as soon as it is unpacked, and the linker finds
 * the others beside it, or else those of the system: beside a libtorch of the system's own the
 * process would die. So all are unpacked before the first is loaded.
 */
final class Natives {
  private static final String[] LIBRARIES = {
    "libc10.so",
    "libgomp.so.1",
    "libtorch_cpu.so",
    "libc10_cuda.so",
    "libtorch_cuda.so",
    "libtorch_cuda_linalg.so",
    "libtorch.so",
    "libjnitorch.so"
  };

  static {
    try {
      for (String library : LIBRARIES) {
        Loader.cacheResource(torch.class, TorchProvider.folder() + library);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("torch kernels: cannot unpack libtorch: " + e.getMessage(), e);
    }
    Loader.load(torch.class);
  }

  private Natives() {}

  /** Loads libtorch once a process; a task has one core. */
  static void load() {
    torch.set_num_threads(1);
  }
}
