package org.kindling.kernels;

/**
 * JavaCPP's own limits on memory outside the heap. It refuses to go on when the process holds twice
 * as much as the heap may grow to; but tensors lie outside the heap, and {@link OffHeapMemory} asks
 * the machine what there is. Thread-safe.
 */
public final class JavaCppLimits {
  private JavaCppLimits() {}

  /**
   * Lifts them, unless they were given to Java. JavaCPP reads them once, when its first class is
   * initialized. So each class by which a process may come to JavaCPP or ND4J for the first time
   * calls this when it is initialized itself.
   */
  public static void lift() {
    setUnlessGiven("org.bytedeco.javacpp.maxBytes");
    setUnlessGiven("org.bytedeco.javacpp.maxPhysicalBytes");
  }

  private static void setUnlessGiven(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "0");
    }
  }
}
