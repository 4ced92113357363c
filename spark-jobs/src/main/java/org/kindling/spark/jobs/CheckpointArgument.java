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
import org.kindling.corpus.Dataset;
import org.kindling.kernels.Kernels;
import org.kindling.model.Predictor;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * A checkpoint as a command is given it.
 *
 * @param directory whose files are as they were written
 * @param tokenizer with no more tokens than the model has
 */
record CheckpointArgument(Path directory, ModelConfig config, Tokenizer tokenizer) {
  /**
   * Reads what lies beside the model.
   *
   * @param checkpoint a checkpoint, or a run: then its newest valid checkpoint
   * @throws IllegalArgumentException if the tokenizer has tokens that the model does not know
   */
  static CheckpointArgument read(Storage storage, String checkpoint) throws IOException {
    Path directory = find(storage, checkpoint);
    ModelConfig config = ModelConfig.read(storage, directory);
    Tokenizer tokenizer =
        Tokenizers.load(storage, new Path(directory, Checkpoint.TOKENIZER).toString());
    config.requireVocabulary(directory.toString(), tokenizer.vocabulary());
    return new CheckpointArgument(directory, config, tokenizer);
  }

  /**
   * @param data where the dataset is, for the error
   * @throws IllegalArgumentException if its tokens are not those of the model
   */
  void requireTokenizerOf(Dataset dataset, String data) {
    if (!dataset.manifest().tokenizer().hash().equals(tokenizer.hash())) {
      throw new IllegalArgumentException(
          "--data: "
              + data
              + " has another tokenizer than "
              + directory
              + "; use the dataset it was trained on");
    }
  }

  /** The model, for one sequence at a time. */
  Predictor open(Storage storage, Kernels kernels) throws IOException {
    return Checkpoint.open(storage, directory, config, 1, kernels);
  }

  /** The model, for a certain use. */
  Predictor open(Storage storage, Checkpoint.Use use, Kernels kernels) throws IOException {
    return Checkpoint.open(storage, directory, config, use, kernels);
  }

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
