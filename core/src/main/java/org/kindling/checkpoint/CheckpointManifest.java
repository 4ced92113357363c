package org.kindling.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.kindling.storage.FileChecksum;

/**
 * {@code manifest.json} of a checkpoint, written last.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param run name of the run
 * @param family of the model
 * @param round rounds finished
 * @param step optimizer steps finished
 * @param samples sequences consumed by all workers
 * @param tokens predictions learned from
 * @param flops spent in training
 * @param parameters trainable parameters, embeddings included
 * @param embeddingParameters those of token and position embeddings
 * @param isFinal whether the run's schedule ended here
 * @param settingsHash SHA-256 of the run's resolved settings
 * @param datasetHash SHA-256 of the manifest of the dataset; of several, of their hashes and
 *     weights
 * @param tokenizerHash SHA-256 of tokenizer.json
 * @param slices number of shards of the state, a file each
 * @param vectorLength elements of each flat vector, alignment gaps included
 * @param momentum whether state files hold an outer momentum
 * @param documents {@code join} or {@code separate}, as the run trained; join if absent
 * @param arithmetic how the rounds before it were computed, in words; null if that is not known
 * @param exchange in what bits workers sent what they learned; fp32 if absent
 * @param files size and checksum of every other file of the checkpoint
 */
public record CheckpointManifest(
    int formatVersion,
    String run,
    String family,
    long round,
    long step,
    long samples,
    long tokens,
    double flops,
    long parameters,
    long embeddingParameters,
    @JsonProperty("final") boolean isFinal,
    String settingsHash,
    String datasetHash,
    String tokenizerHash,
    int slices,
    long vectorLength,
    boolean momentum,
    String documents,
    String arithmetic,
    String exchange,
    Map<String, FileChecksum> files) {
  public static final int FORMAT_VERSION = 1;
  public static final String FILE = "manifest.json";

  public CheckpointManifest {
    documents = documents == null ? "join" : documents;
    exchange = exchange == null ? "fp32" : exchange;
    files = files == null ? Map.of() : Map.copyOf(files);
  }

  CheckpointManifest withFiles(Map<String, FileChecksum> written) {
    return new CheckpointManifest(
        formatVersion,
        run,
        family,
        round,
        step,
        samples,
        tokens,
        flops,
        parameters,
        embeddingParameters,
        isFinal,
        settingsHash,
        datasetHash,
        tokenizerHash,
        slices,
        vectorLength,
        momentum,
        documents,
        arithmetic,
        exchange,
        written);
  }
}
