package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.settings.RunSettings;
import org.kindling.storage.Storage;
import org.kindling.training.TrainingRun;
import picocli.CommandLine.Option;

/**
 * The option that says which kernels compute a trained model. Without it those that its run was
 * trained with, as its settings tell; {@code auto} for a model that came from elsewhere.
 */
final class KernelsOption {
  private static final String AUTO = "auto";

  @Option(
      names = "--kernels",
      paramLabel = "auto|vector|nd4j|torch",
      description =
          "Which kernels compute, always in fp32 (default: what the run was trained with; auto for"
              + " models from elsewhere).")
  private String name;

  @Option(
      names = "--device",
      paramLabel = "auto|cpu|cuda",
      description =
          "Where they compute (default: auto, a GPU where there is one and the kernels can use it).")
  private String device;

  /**
   * The kernels for a checkpoint.
   *
   * @throws IllegalArgumentException for an unknown name, or if the settings of the checkpoint's
   *     run cannot be read
   */
  KernelsWanted wantedFor(Storage storage, Path checkpoint) throws IOException {
    Device where = device == null ? Device.AUTO : Device.named("--device", device);
    return new KernelsWanted(nameFor(storage, checkpoint), where);
  }

  private String nameFor(Storage storage, Path checkpoint) throws IOException {
    if (name == null) {
      return trainedWith(storage, checkpoint);
    }
    if (!Kernels.isKnown(name)) {
      throw new IllegalArgumentException(
          "--kernels: unknown kernels '" + name + "'; use " + Kernels.choices());
    }
    return name;
  }

  private static String trainedWith(Storage storage, Path checkpoint) throws IOException {
    Path run = CheckpointStore.runOf(checkpoint).orElse(null);
    if (run == null || !storage.exists(new Path(run, TrainingRun.SETTINGS_FILE))) {
      return AUTO;
    }
    Path file = new Path(run, TrainingRun.SETTINGS_FILE);
    try {
      return RunSettings.readWritten(file.toString(), storage.readText(file), List.of())
          .training()
          .kernels();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + "; or say with --kernels auto what is to compute", e);
    }
  }

  /**
   * The kernels for a checkpoint, in this process; the caller closes them.
   *
   * @throws IllegalArgumentException if this process does not have them
   */
  Kernels open(Storage storage, Path checkpoint) throws IOException {
    KernelsWanted wanted = wantedFor(storage, checkpoint);
    try {
      return Kernels.named(wanted, Precision.FP32);
    } catch (IllegalArgumentException e) {
      String trained = device == null ? ": was trained with " : ": would be computed by ";
      String asker = name == null ? checkpoint + trained : "--kernels ";
      throw new IllegalArgumentException(
          asker
              + wanted
              + ", which is not to be had here ("
              + e.getMessage()
              + "); use "
              + (device == null ? "--kernels auto" : "another --kernels or --device"),
          e);
    }
  }
}
