package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.settings.RunSettings;
import org.kindling.storage.Storage;
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
    return RunSettings.read(file, storage.readText(new Path(file)), overrides);
  }

  String file() {
    return file;
  }

  List<String> overrides() {
    return overrides;
  }
}
