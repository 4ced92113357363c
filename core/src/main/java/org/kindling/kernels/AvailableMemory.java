package org.kindling.kernels;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What the machine, or the container that the process runs in, could still give.
 *
 * @param machine file like {@code /proc/meminfo}
 * @param process file like {@code /proc/self/status}
 * @param limitBytes memory of the machine or, if less, of the container
 * @param freeBytes unused memory, for systems without these files; their caches do not count
 * @param heapBytes of objects in this process
 */
record AvailableMemory(
    Path machine, Path process, long limitBytes, long freeBytes, long heapBytes) {

  static AvailableMemory ofThisMachine() {
    Runtime runtime = Runtime.getRuntime();
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new AvailableMemory(
        Path.of("/proc/meminfo"),
        Path.of("/proc/self/status"),
        system.getTotalMemorySize(),
        system.getFreeMemorySize(),
        runtime.totalMemory() - runtime.freeMemory());
  }

  /**
   * @param heldBytes already allocated outside the heap; what of it was never written to still
   *     counts as free for the operating system, and not here
   */
  long bytes(long heldBytes) {
    OptionalLong machineBytes = kilobytes(machine, "MemAvailable:");
    OptionalLong resident = kilobytes(process, "RssAnon:");
    if (machineBytes.isEmpty() || resident.isEmpty()) {
      return freeBytes;
    }
    long untouched = Math.max(0, heldBytes - Math.max(0, resident.getAsLong() - heapBytes));
    return Math.min(machineBytes.getAsLong(), limitBytes - resident.getAsLong()) - untouched;
  }

  /** A line's number in bytes; empty if the file or the line is missing. */
  private static OptionalLong kilobytes(Path file, String key) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(key)) {
          String number = line.substring(key.length()).replace("kB", "").strip();
          return OptionalLong.of(Long.parseLong(number) * 1024);
        }
      }
      return OptionalLong.empty();
    } catch (IOException e) {
      // Systems other than Linux have no such file.
      return OptionalLong.empty();
    }
  }
}
