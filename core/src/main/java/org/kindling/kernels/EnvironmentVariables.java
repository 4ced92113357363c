package org.kindling.kernels;

import com.sun.jna.Function;

/** The environment that native libraries of this process read; Java's own view is a copy of it. */
public final class EnvironmentVariables {
  private EnvironmentVariables() {}

  /** Sets a variable that whoever started the process left to us. */
  public static void setIfMissing(String name, String value) {
    if (System.getenv(name) == null) {
      Function.getFunction("c", "setenv").invokeInt(new Object[] {name, value, 0});
    }
  }
}
