package org.kindling.kernels;

import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The driver's own library, called through JNA. */
final class LibCuda implements CudaDriver.Library {
  static final String NAME = "libcuda.so.1";
  static final String UNKNOWN = "unknown";
  static final Path MODULE = Path.of("/proc/driver/nvidia/version");
  private static final Pattern VERSION = Pattern.compile("\\b(\\d{3,}\\.[\\d.]+)");
  private static final int LONGEST_NAME = 256;
  private static final int CAPABILITY_MAJOR = 75;
  private static final int CAPABILITY_MINOR = 76;

  private final NativeLibrary library;

  /**
   * @param name of the library, or its path
   * @throws UnsatisfiedLinkError if this machine has no such library
   */
  LibCuda(String name) {
    this.library = NativeLibrary.getInstance(name);
  }

  private int call(String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  private void require(String function, Object... arguments) {
    int status = call(function, arguments);
    if (status != 0) {
      throw new IllegalStateException(
          function
              + ": CUDA status "
              + status
              + ", expected 0; check nvidia-smi and dmesg for Xid");
    }
  }

  @Override
  public int initialize() {
    return call("cuInit", 0);
  }

  @Override
  public int cudaVersion() {
    IntByReference version = new IntByReference();
    require("cuDriverGetVersion", version);
    return version.getValue();
  }

  @Override
  public String driverVersion() {
    return driverVersion(MODULE);
  }

  static String driverVersion(Path module) {
    try {
      Matcher version = VERSION.matcher(Files.readString(module));
      return version.find() ? version.group(1) : UNKNOWN;
    } catch (IOException e) {
      // WSL and some containers have the library and no such file.
      return UNKNOWN;
    }
  }

  @Override
  public int count() {
    IntByReference count = new IntByReference();
    require("cuDeviceGetCount", count);
    return count.getValue();
  }

  @Override
  public CudaDriver.Card card(int address) {
    IntByReference device = new IntByReference();
    require("cuDeviceGet", device, address);
    byte[] name = new byte[LONGEST_NAME];
    require("cuDeviceGetName", name, LONGEST_NAME, device.getValue());
    LongByReference memory = new LongByReference();
    require("cuDeviceTotalMem_v2", memory, device.getValue());
    return new CudaDriver.Card(
        address,
        text(name),
        attribute(CAPABILITY_MAJOR, device) + "." + attribute(CAPABILITY_MINOR, device),
        memory.getValue());
  }

  private int attribute(int which, IntByReference device) {
    IntByReference value = new IntByReference();
    require("cuDeviceGetAttribute", value, which, device.getValue());
    return value.getValue();
  }

  private static String text(byte[] bytes) {
    String all = new String(bytes, StandardCharsets.UTF_8);
    int end = all.indexOf('\0');
    return end < 0 ? all : all.substring(0, end);
  }
}
