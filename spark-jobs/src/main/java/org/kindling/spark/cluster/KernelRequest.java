package org.kindling.spark.cluster;

import java.io.Serializable;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.Family;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingSettings;

/**
 * The kernels that a job asks for; what an executor makes of it is an {@link Arithmetic}.
 *
 * @param kernels by name, which may be {@code auto}, and their device
 * @param precision of the factors of matrix products
 * @param networks whether a network of DL4J computes, and the kernels only the optimizer's step
 * @param setting where the name was given, as a user writes it before the name
 */
public record KernelRequest(
    KernelsWanted kernels, Precision precision, boolean networks, String setting)
    implements Serializable {
  /** Those of a run's settings. */
  public static KernelRequest ofTraining(RunDescription run) {
    TrainingSettings training = run.training();
    boolean networks =
        run.model().kind().isNetwork() || training.averaging().equals(TrainingSettings.DL4J);
    return new KernelRequest(
        training.wanted(), training.arithmetic(), networks, "training.kernels: ");
  }

  /** Those that score a model, in float32. */
  public static KernelRequest ofScoring(KernelsWanted kernels, Family family) {
    return new KernelRequest(kernels, Precision.FP32, family.isNetwork(), "--kernels ");
  }

  /**
   * What this process has for it, on the device of the calling thread.
   *
   * @throws IllegalArgumentException if it has no such kernels
   */
  Arithmetic arithmetic() {
    try (Kernels found = Kernels.named(kernels, precision)) {
      return networks ? Arithmetic.ofNetworks(found) : found.arithmetic();
    }
  }
}
