package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/**
 * A dataset in the making. Parts are written to a hidden directory beside the target; {@link
 * #publish} numbers them, writes the manifest last, and makes the directory visible under its name.
 * Closing without that deletes everything. Not thread-safe.
 */
public final class DatasetOutput implements Closeable {
  private static final Pattern OURS =
      Pattern.compile(
          "manifest\\.json|tokenizer\\.json|(train|validation)-\\d+-of-\\d+\\.(bin|idx)");

  private final Storage storage;
  private final Path target;
  private final Path prepared;
  private final Path parts;
  private boolean published;

  private DatasetOutput(Storage storage, Path target) {
    this.storage = storage;
    this.target = target;
    this.prepared = storage.temporarySibling(target);
    this.parts = new Path(prepared, "parts");
  }

  /**
   * Starts a dataset where there is none.
   *
   * @throws IllegalArgumentException if there is one already, or someone else's files
   */
  public static DatasetOutput create(Storage storage, Path target) throws IOException {
    if (Dataset.isDataset(storage, target)) {
      throw new IllegalArgumentException(
          target + ": holds a dataset already; choose another --output, or give --overwrite");
    }
    return start(storage, target);
  }

  /** Starts a dataset that will take the place of an older one, if there is one. */
  public static DatasetOutput replace(Storage storage, Path target) throws IOException {
    return start(storage, target);
  }

  private static DatasetOutput start(Storage storage, Path relative) throws IOException {
    Path target = storage.qualified(relative);
    if (target.getParent() == null) {
      throw new IllegalArgumentException(target + ": cannot be a dataset; name a directory in it");
    }
    requireReplaceable(storage, relative);
    DatasetOutput output = new DatasetOutput(storage, target);
    storage.makeDirectory(output.parts);
    storage.deleteOnExit(output.prepared);
    return output;
  }

  /** What stands in the target's place is deleted in the end: it may hold nothing but a dataset. */
  private static void requireReplaceable(Storage storage, Path target) throws IOException {
    if (storage.exists(target) && !storage.isDirectory(target)) {
      throw new IllegalArgumentException(
          target + ": is a file, expected a directory; choose another --output");
    }
    boolean dataset = Dataset.isDataset(storage, target);
    for (String name : storage.names(target)) {
      if (!dataset || !OURS.matcher(name).matches()) {
        throw new IllegalArgumentException(
            target
                + ": holds files that are no part of a dataset (first: "
                + name
                + "); choose an empty or new directory for --output");
      }
    }
  }

  /** Where {@link ShardWriter}s put their parts. */
  public Path parts() {
    return parts;
  }

  /**
   * Turns parts into a dataset.
   *
   * @param tokenizer that made the tokens
   * @param options for the manifest
   * @param skippedDocuments malformed documents left out
   * @param written what the parts hold, in the order of the corpus
   */
  public Dataset publish(
      Tokenizer tokenizer,
      DatasetManifest.Options options,
      long skippedDocuments,
      List<Map<Split, DatasetManifest.Shard>> written)
      throws IOException {
    Map<Split, List<DatasetManifest.Shard>> shards = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      List<DatasetManifest.Shard> numbered = number(split, written);
      if (!numbered.isEmpty()) {
        shards.put(split, numbered);
      }
    }
    storage.delete(parts);
    storage.writeText(new Path(prepared, Dataset.TOKENIZER_FILE), tokenizer.toJson());
    DatasetManifest.TokenizerEntry entry =
        new DatasetManifest.TokenizerEntry(
            tokenizer.kind(), tokenizer.hash(), tokenizer.vocabulary());
    DatasetManifest manifest = DatasetManifest.of(entry, options, skippedDocuments, shards);
    storage.writeText(new Path(prepared, DatasetManifest.FILE), manifest.toJson());
    storage.publishReplacing(prepared, target);
    published = true;
    return Dataset.open(storage, target);
  }

  private List<DatasetManifest.Shard> number(
      Split split, List<Map<Split, DatasetManifest.Shard>> written) throws IOException {
    List<DatasetManifest.Shard> unnumbered = new ArrayList<>();
    for (Map<Split, DatasetManifest.Shard> part : written) {
      if (part.containsKey(split)) {
        unnumbered.add(part.get(split));
      }
    }
    List<DatasetManifest.Shard> numbered = new ArrayList<>();
    for (DatasetManifest.Shard shard : unnumbered) {
      String name = split.shardName(numbered.size(), unnumbered.size());
      for (String suffix : new String[] {".bin", ".idx"}) {
        storage.move(new Path(parts, shard.name() + suffix), new Path(prepared, name + suffix));
      }
      numbered.add(shard.renamed(name));
    }
    return numbered;
  }

  @Override
  public void close() throws IOException {
    if (!published) {
      storage.delete(prepared);
    }
  }
}
