package org.kindling.kernels;

import java.io.Serializable;

/**
 * Kernels as a setting or an option asks for them; what a process makes of it is an {@link
 * Arithmetic}.
 *
 * @param name {@code auto}, or of a {@link KernelsProvider}
 * @param device where they compute
 */
public record KernelsWanted(String name, Device device) implements Serializable {
  /** The best there is. */
  public static final KernelsWanted AUTO = new KernelsWanted("auto", Device.AUTO);

  /** On the device that the kernels choose. */
  public KernelsWanted(String name) {
    this(name, Device.AUTO);
  }

  /** Whether they compute on the CPU whatever a process has. */
  public boolean neverOnGpu() {
    return device == Device.CPU || name.equals(VectorProvider.NAME);
  }

  /** As a message names them. */
  @Override
  public String toString() {
    return device == Device.AUTO ? name : name + " on " + device.label();
  }
}
