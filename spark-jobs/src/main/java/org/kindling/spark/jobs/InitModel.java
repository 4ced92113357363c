package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.model.ModelSettings;
import org.kindling.model.Positions;
import org.kindling.settings.RunSettings;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.kindling.training.TrainingRun;

/**
 * The model that {@code init} names: an imported one, or a checkpoint of another run.
 *
 * @param directory of the checkpoint itself, even if a run was named
 * @param config its shape
 * @param tokenizerHash of the tokenizer it was trained with
 */
record InitModel(Path directory, ModelConfig config, String tokenizerHash) {

  /**
   * Settings with {@code init} as the checkpoint that it means and {@code model} as that has it.
   * What a run began with stays what it is, whatever has become of the other run since.
   *
   * @throws IllegalArgumentException if the settings describe another model
   */
  static RunSettings complete(RunSettings settings, Storage storage) throws IOException {
    if (settings.init().isEmpty()) {
      return settings;
    }
    Path begun = new Path(settings.run(), TrainingRun.SETTINGS_FILE);
    if (storage.exists(begun)) {
      RunSettings before =
          RunSettings.readWritten(begun.toString(), storage.readText(begun), List.of());
      if (before.init().startsWith(settings.init())) {
        return with(settings, before.init(), before.model());
      }
    }
    InitModel model = read(storage, settings.init());
    return with(settings, model.directory.toString(), model.shape(settings.model()));
  }

  private static RunSettings with(RunSettings settings, String init, ModelSettings model) {
    return settings.with("init", Map.of("init", init, "model", model));
  }

  /**
   * @param init a checkpoint, a run or an imported model
   */
  static InitModel read(Storage storage, String init) throws IOException {
    Path directory = CheckpointArgument.find(storage, init);
    ModelConfig config = ModelConfig.read(storage, directory);
    if (config.model().kind().isCounted()) {
      throw new IllegalArgumentException(
          "init: "
              + init
              + " is of family "
              + config.model().family()
              + ", which counts; name a model that learned by gradients");
    }
    Tokenizer tokenizer =
        Tokenizers.load(storage, new Path(directory, Checkpoint.TOKENIZER).toString());
    return new InitModel(directory, config, tokenizer.hash());
  }

  /**
   * The shape that a run has: the model's own. A context may be given, where positions are not a
   * table of its length.
   */
  private ModelSettings shape(ModelSettings given) {
    ModelSettings own = config.model();
    if (given.equals(ModelSettings.DEFAULTS) || given.equals(own)) {
      return own;
    }
    boolean free = own.positions() != null && Positions.named(own.positions()) != Positions.LEARNED;
    if (free && given.equals(own.withContext(given.context()))) {
      return given;
    }
    throw new IllegalArgumentException(
        "model: is another one than that of init, "
            + directory
            + ", which is "
            + own
            + "; leave the section out, or give the same"
            + (free ? " with any context" : ""));
  }

  /**
   * Refuses data that were tokenized with another tokenizer.
   *
   * @return the model's vocabulary, which may be larger than the tokenizer's
   */
  int requireTokenizer(Tokenizer ofData) {
    if (!ofData.hash().equals(tokenizerHash)) {
      throw new IllegalArgumentException(
          "init: "
              + directory
              + " was trained with another tokenizer than the one that data were tokenized with;"
              + " tokenize them with --tokenizer "
              + directory);
    }
    return config.vocabulary();
  }
}
