package org.kindling.spark.jobs;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.Dtype;
import org.kindling.checkpoint.HuggingFaceConfig;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.checkpoint.Safetensors;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.TokenizerFiles;
import org.kindling.tokenizer.Tokenizers;

/** Copies a model of HuggingFace's into a directory of Kindling's, in float32. */
final class HuggingFaceImport {
  private HuggingFaceImport() {}

  /**
   * What is imported.
   *
   * @param directory with config.json and safetensors
   * @param tokenizer as {@link Tokenizers#load} takes it
   */
  record Origin(String directory, String tokenizer) {}

  /**
   * Returns a line that says what was done. Nothing is written unless all of it can be read.
   *
   * @throws IllegalArgumentException naming what of config.json Kindling does not compute, or a
   *     tokenizer that is larger than the model
   */
  static String run(Storage storage, Origin origin, Path output) throws IOException {
    try (StoredModel model = StoredModel.open(storage, new Path(origin.directory()))) {
      HuggingFaceConfig config = model.config();
      Tokenizer tokenizer = tokenizer(storage, origin);
      requireKnown(origin, tokenizer, config.vocabulary());
      try (NewDirectory directory = NewDirectory.prepare(storage, output)) {
        Path written = directory.path();
        Safetensors.write(storage, new Path(written, Checkpoint.MODEL), model.tensors());
        storage.writeText(new Path(written, ModelConfig.FILE), config.toJson(Dtype.F32));
        TokenizerFiles.write(storage, written, tokenizer, model.forTokenizer());
        directory.publish();
      }
      return String.format(
          "%s: %s, %d parameters, %d of %d token ids in use; kindling sample --checkpoint %s",
          output,
          config.modelType().className(),
          model.layout().parameters(),
          tokenizer.vocabulary(),
          config.vocabulary(),
          output);
    }
  }

  private static Tokenizer tokenizer(Storage storage, Origin origin) throws IOException {
    try {
      return Tokenizers.load(storage, origin.tokenizer());
    } catch (FileNotFoundException e) {
      throw new IllegalArgumentException(
          origin.tokenizer()
              + ": has no tokenizer.json; give the model's tokenizer with --tokenizer",
          e);
    }
  }

  private static void requireKnown(Origin origin, Tokenizer tokenizer, int vocabulary) {
    if (tokenizer.vocabulary() > vocabulary) {
      throw new IllegalArgumentException(
          origin.tokenizer()
              + ": the tokenizer has "
              + tokenizer.vocabulary()
              + " tokens, the model "
              + vocabulary
              + "; give the one it was trained with");
    }
  }
}
