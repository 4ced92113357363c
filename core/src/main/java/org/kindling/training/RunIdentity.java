package org.kindling.training;

import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;

/**
 * Where a run lives and what its checkpoints say of their origin.
 *
 * @param directory of the run; its last component is the run's name
 * @param settingsText resolved settings as written to settings.yaml
 * @param settingsHash SHA-256 of them
 * @param datasetHash {@link org.kindling.corpus.Mixture#hash} of the data
 * @param tokenizerHash SHA-256 of tokenizerJson
 * @param tokenizerJson content of tokenizer.json
 * @param tokenizerConfig content of tokenizer_config.json, for readers other than Kindling
 * @param endOfText id that ends documents, if the tokenizer has one
 */
public record RunIdentity(
    Path directory,
    String settingsText,
    String settingsHash,
    String datasetHash,
    String tokenizerHash,
    String tokenizerJson,
    String tokenizerConfig,
    OptionalInt endOfText) {

  public String name() {
    return directory.getName();
  }
}
