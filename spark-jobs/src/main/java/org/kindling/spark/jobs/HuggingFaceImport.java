package org.kindling.spark.jobs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.Dtype;
import org.kindling.checkpoint.HuggingFaceConfig;
import org.kindling.checkpoint.HuggingFaceShapes;
import org.kindling.checkpoint.HuggingFaceTensors;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.checkpoint.Safetensors;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
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
    Path directory = new Path(origin.directory());
    HuggingFaceConfig config = HuggingFaceConfig.read(storage, directory);
    ModelSettings model = HuggingFaceShapes.settings(config);
    Tokenizer tokenizer = tokenizer(storage, origin);
    requireKnown(origin, tokenizer, config.vocabulary());
    ParameterLayout layout = LanguageModels.layout(model, config.vocabulary());
    List<HuggingFaceTensors.Expected> expected =
        layout.entries().stream()
            .map(entry -> new HuggingFaceTensors.Expected(entry.name(), entry.shape()))
            .collect(Collectors.toList());
    try (HuggingFaceTensors tensors = HuggingFaceTensors.open(storage, directory, expected)) {
      storage.makeDirectory(output);
      Safetensors.write(
          storage,
          new Path(output, Checkpoint.MODEL),
          expected.stream().map(tensor -> copied(tensors, tensor)).toList());
    }
    storage.writeText(new Path(output, ModelConfig.FILE), config.toJson(Dtype.F32));
    storage.writeText(new Path(output, Checkpoint.TOKENIZER), tokenizer.toJson());
    return String.format(
        "%s: %s, %d parameters, %d of %d token ids in use; kindling sample --checkpoint %s",
        output,
        config.modelType().className(),
        layout.parameters(),
        tokenizer.vocabulary(),
        config.vocabulary(),
        output);
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

  private static Safetensors.Tensor copied(
      HuggingFaceTensors tensors, HuggingFaceTensors.Expected tensor) {
    return new Safetensors.Tensor(
        tensor.name(),
        tensor.shape(),
        (from, target, length) -> read(tensors, tensor.name(), from, target, length),
        0);
  }

  private static void read(
      HuggingFaceTensors tensors, String name, long from, float[] target, int length) {
    try {
      tensors.read(name, from, target, length);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
