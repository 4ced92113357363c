package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.ArrayList;
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
    return readRun(storage, List.of());
  }

  /**
   * @param options what other options say, as key=value; they win over all else
   */
  RunSettings readRun(Storage storage, List<String> options) throws IOException {
    List<String> all = new ArrayList<>(overrides);
    all.addAll(options);
    return RunSettings.read(file, storage.readText(new Path(file)), all);
  }

  String file() {
    return file;
  }

  List<String> overrides() {
    return overrides;
  }
}
