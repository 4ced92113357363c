package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.settings.RunSettings;
import org.kindling.storage.Storage;
import org.kindling.training.TrainingRun;
import picocli.CommandLine.Option;

/** The options that name a run's settings. */
final class ConfigFile {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "Settings of the run, YAML; docs/settings.md lists every key.")
  private String file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the file, e.g. --set training.steps=500; may be repeated.")
  private List<String> overrides = List.of();

  RunSettings readRun(Storage storage) throws IOException {
    return readRun(storage, List.of());
  }

  /**
   * @param options what other options say, as key=value; they win over all else
   */
  RunSettings readRun(Storage storage, List<String> options) throws IOException {
    List<String> all = new ArrayList<>(overrides);
    all.addAll(options);
    Path path = new Path(file);
    String yaml = storage.readText(path);
    return isOfRun(storage, path)
        ? RunSettings.readWritten(file, yaml, all)
        : RunSettings.read(file, yaml, all);
  }

  /** Whether a run wrote the file, perhaps with an older version; runs go on with their own. */
  private static boolean isOfRun(Storage storage, Path file) throws IOException {
    return file.getName().equals(TrainingRun.SETTINGS_FILE)
        && file.getParent() != null
        && storage.exists(CheckpointStore.directoryOf(file.getParent()));
  }

  String file() {
    return file;
  }

  List<String> overrides() {
    return overrides;
  }
}
