package org.kindling.corpus;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * One finished group of documents.
 *
 * @param group its number
 * @param input what was read
 * @param shards what was written, by name of split; at most one each, under the names of the parts
 * @param skippedDocuments malformed documents left out
 */
public record LedgerEntry(
    int group,
    List<InputFile> input,
    SortedMap<String, DatasetManifest.Shard> shards,
    long skippedDocuments)
    implements Serializable {
  /** The entry of what a {@link ShardWriter} has committed. */
  public static LedgerEntry of(
      int group,
      List<InputFile> input,
      Map<Split, DatasetManifest.Shard> shards,
      long skippedDocuments) {
    SortedMap<String, DatasetManifest.Shard> byName = new TreeMap<>();
    shards.forEach((split, shard) -> byName.put(split.label(), shard));
    return new LedgerEntry(group, input, byName, skippedDocuments);
  }

  LedgerEntry withoutInput() {
    return new LedgerEntry(group, List.of(), shards, skippedDocuments);
  }

  /** The shard of a split, if the group has documents in it. */
  public Optional<DatasetManifest.Shard> shard(Split split) {
    return Optional.ofNullable(shards.get(split.label()));
  }

  /** UTF-8 bytes of the text in the shards. */
  public long textBytes() {
    return shards.values().stream().mapToLong(DatasetManifest.Shard::textBytes).sum();
  }

  /**
   * Reads all files of the shards through.
   *
   * @param parts the directory they are in
   * @return what is wrong with one; empty if they are what was written
   */
  public Optional<String> damage(Storage storage, Path parts) throws IOException {
    for (DatasetManifest.Shard shard : shards.values()) {
      for (Map.Entry<String, FileChecksum> file : files(shard).entrySet()) {
        Path path = new Path(parts, file.getKey());
        if (!storage.exists(path)) {
          return Optional.of(path + ": is gone");
        }
        try {
          storage.verify(path, file.getValue());
        } catch (CorruptFileException e) {
          return Optional.of(e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  /** The two files of a shard. */
  static Map<String, FileChecksum> files(DatasetManifest.Shard shard) {
    return Map.of(shard.name() + ".bin", shard.bin(), shard.name() + ".idx", shard.idx());
  }
}
