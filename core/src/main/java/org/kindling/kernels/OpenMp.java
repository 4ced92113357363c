package org.kindling.kernels;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/**
 * The OpenMP runtime that oneDNN was linked with. oneDNN asks it for the number of threads, which
 * belongs to the calling thread; the environment variable {@code OMP_NUM_THREADS} would be read
 * once, when the process starts, and a process started without it would take every core.
 */
final class OpenMp {
  static {
    JavaCppLimits.lift();
    // A library's symbols are those of the libraries it depends on, too: this finds the very copy
    // of OpenMP that oneDNN uses, of which a process may hold several.
    Native.register(OpenMp.class, NativeLibrary.getInstance(Loader.load(dnnl.class)));
  }

  private OpenMp() {}

  /** One task has one core. Takes less than a microsecond; ND4J changes the setting. */
  static void useOneThread() {
    useThreads(1);
  }

  static void useThreads(int threads) {
    omp_set_num_threads(threads);
  }

  static int threads() {
    return omp_get_max_threads();
  }

  private static native void omp_set_num_threads(int threads);

  private static native int omp_get_max_threads();
}
