package org.kindling.spark.jobs;

import org.kindling.kernels.Device;
import org.kindling.kernels.KernelsWanted;
import picocli.CommandLine.Option;

/** Which kernels a benchmark of a model that nobody trained times, and where. */
final class BenchKernels {
  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto, vector, nd4j or torch (default: ${DEFAULT-VALUE}).")
  private String kernels;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto, cpu or cuda (default: ${DEFAULT-VALUE}).")
  private String device;

  /**
   * @param command for the message
   * @throws IllegalArgumentException for an unknown device
   */
  KernelsWanted wanted(String command) {
    return new KernelsWanted(kernels, Device.named(command + ": --device", device));
  }
}
