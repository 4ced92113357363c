package org.kindling.kernels;

/** Where kernels compute. */
public enum Device {
  /** A GPU where kernels have code for it and the process sees one, else the CPU. */
  AUTO("auto"),

  CPU("cpu"),

  /** An NVIDIA GPU; an error where there is none. */
  CUDA("cuda");

  private final String label;

  Device(String label) {
    this.label = label;
  }

  /** As settings spell it. */
  public String label() {
    return label;
  }

  /**
   * The device that a setting names.
   *
   * @param setting where the name was found, for the message
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Device named(String setting, String name) {
    for (Device device : values()) {
      if (device.label.equals(name)) {
        return device;
      }
    }
    throw new IllegalArgumentException(
        setting + ": unknown device '" + name + "'; use auto, cpu or cuda");
  }
}
