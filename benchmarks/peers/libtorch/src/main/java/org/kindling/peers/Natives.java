package org.kindling.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;

/**
 * Unpacks libtorch before anything of it is loaded. JavaCPP loads libtorch.so before it has
 * unpacked libtorch_cpu.so beside it. Where the system has a libtorch of its own, as with Debian's
 * python3-torch, the linker finds that one instead, and the process dies.
 */
final class Natives {
  private static final String[] LIBRARIES = {
    "libgomp.so.1", "libc10.so", "libtorch_cpu.so", "libtorch.so"
  };

  private Natives() {}

  static void unpack() {
    String folder = "/org/bytedeco/pytorch/" + Loader.getPlatform() + "/";
    for (String library : LIBRARIES) {
      unpack(folder + library);
    }
  }

  private static void unpack(String resource) {
    try {
      if (Loader.cacheResource(Natives.class, resource) == null) {
        throw new IllegalStateException(
            "libtorch: no "
                + resource
                + " on the class path; build benchmarks/peers/libtorch anew");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("libtorch: cannot unpack " + resource, e);
    }
  }
}
