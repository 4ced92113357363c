package org.kindling.spark.jobs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/** A checkpoint as a command is given it. */
final class CheckpointArgument {
  private CheckpointArgument() {}

  /** Models from elsewhere have no manifest; what a manifest lists must be as it was written. */
  private static void verify(Storage storage, Path directory) throws IOException {
    if (!storage.exists(new Path(directory, CheckpointManifest.FILE))) {
      return;
    }
    Map<String, FileChecksum> files = CheckpointStore.readManifest(storage, directory).files();
    for (String name :
        List.of(Checkpoint.MODEL, Checkpoint.COUNTS, ModelConfig.FILE, Checkpoint.TOKENIZER)) {
      if (files.containsKey(name)) {
        storage.verify(new Path(directory, name), files.get(name));
      }
    }
  }

  /**
   * The directory of a checkpoint whose files are as they were written.
   *
   * @param checkpoint a checkpoint, or a run: then its newest valid checkpoint
   */
  static Path find(Storage storage, String checkpoint) throws IOException {
    Path path = new Path(checkpoint);
    if (!storage.exists(path)) {
      throw new FileNotFoundException(checkpoint + ": no such checkpoint or run");
    }
    if (storage.exists(new Path(path, ModelConfig.FILE))) {
      verify(storage, path);
      return path;
    }
    return new CheckpointStore(storage, path)
        .newestValid()
        .map(CheckpointStore.Found::directory)
        .orElseThrow(
            () ->
                new FileNotFoundException(
                    checkpoint
                        + ": holds neither "
                        + ModelConfig.FILE
                        + " nor valid checkpoints; give a checkpoint or a run"));
  }
}
