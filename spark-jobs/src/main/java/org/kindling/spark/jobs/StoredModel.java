package org.kindling.spark.jobs;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.HuggingFaceConfig;
import org.kindling.checkpoint.HuggingFaceShapes;
import org.kindling.checkpoint.HuggingFaceTensors;
import org.kindling.checkpoint.HuggingFaceTensors.Expected;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.checkpoint.Safetensors;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.TokenizerFiles;

/**
 * A directory with {@code config.json} and safetensors whose model transformers has a class for: a
 * checkpoint, or what HuggingFace publishes. Its tensors are read in pieces. Not thread-safe.
 */
final class StoredModel implements Closeable {
  private final HuggingFaceConfig config;
  private final ParameterLayout layout;
  private final HuggingFaceTensors tensors;

  private StoredModel(
      HuggingFaceConfig config, ParameterLayout layout, HuggingFaceTensors tensors) {
    this.config = config;
    this.layout = layout;
    this.tensors = tensors;
  }

  /**
   * @throws IllegalArgumentException naming what of {@code config.json} Kindling does not compute
   * @throws org.kindling.storage.CorruptFileException if the tensors are damaged or another model's
   */
  static StoredModel open(Storage storage, Path directory) throws IOException {
    HuggingFaceConfig config = HuggingFaceConfig.read(storage, directory);
    ModelSettings model = HuggingFaceShapes.settings(config);
    ParameterLayout layout = LanguageModels.layout(model, config.vocabulary());
    List<Expected> expected =
        layout.entries().stream().map(entry -> new Expected(entry.name(), entry.shape())).toList();
    return new StoredModel(config, layout, HuggingFaceTensors.open(storage, directory, expected));
  }

  /**
   * Refuses a checkpoint that no file of others can describe.
   *
   * @throws IllegalArgumentException naming everything that stands in the way
   */
  static void requireExportable(Storage storage, Path directory) throws IOException {
    ModelConfig config = ModelConfig.read(storage, directory);
    List<String> obstacles = HuggingFaceShapes.obstacles(config.model(), config.vocabulary());
    if (!obstacles.isEmpty()) {
      throw new IllegalArgumentException(
          directory
              + ": transformers and llama.cpp have no such model, which "
              + String.join(", ", obstacles)
              + "; train one of model.architecture gpt2, llama or qwen3 that leaves these keys out");
    }
  }

  HuggingFaceConfig config() {
    return config;
  }

  /** What the files of a tokenizer say of the model. */
  TokenizerFiles.Model forTokenizer() {
    return new TokenizerFiles.Model(
        config.vocabulary(), config.context(), config.bos(), config.eos());
  }

  ParameterLayout layout() {
    return layout;
  }

  /** All tensors under the names of transformers, to be written while this is open. */
  List<Safetensors.Tensor> tensors() {
    return layout.entries().stream()
        .map(
            entry ->
                new Safetensors.Tensor(
                    entry.name(),
                    entry.shape(),
                    (from, target, length) -> readUnchecked(entry.name(), from, target, length),
                    0))
        .toList();
  }

  /** Copies {@code length} elements of a tensor from position {@code from} into {@code target}. */
  void read(String name, long from, float[] target, int length) throws IOException {
    tensors.read(name, from, target, length);
  }

  private void readUnchecked(String name, long from, float[] target, int length) {
    try {
      read(name, from, target, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    tensors.close();
  }
}
