package org.kindling.corpus;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/**
 * Writes a dataset that fits into memory, one shard a split, without Spark: for benchmarks and for
 * code that already has its tokens.
 */
public final class SmallDataset {
  private SmallDataset() {}

  /**
   * @param directory does not exist yet
   * @param splits documents as tokens, for every split at least one
   */
  public static Dataset write(
      Storage storage, Path directory, Tokenizer tokenizer, Map<Split, List<int[]>> splits)
      throws IOException {
    Path prepared = storage.temporarySibling(directory);
    storage.makeDirectory(prepared);
    Map<Split, List<DatasetManifest.Shard>> shards = new EnumMap<>(Split.class);
    for (Map.Entry<Split, List<int[]>> split : splits.entrySet()) {
      String name = split.getKey().shardName(0, 1);
      shards.put(
          split.getKey(), List.of(shard(storage, prepared, name, tokenizer, split.getValue())));
    }
    storage.writeText(new Path(prepared, Dataset.TOKENIZER_FILE), tokenizer.toJson());
    DatasetManifest manifest =
        DatasetManifest.of(
            new DatasetManifest.TokenizerEntry(
                tokenizer.kind(), tokenizer.hash(), tokenizer.vocabulary()),
            new DatasetManifest.Options("given", 0, "fail"),
            0,
            Map.of(),
            shards);
    storage.writeText(new Path(prepared, DatasetManifest.FILE), manifest.toJson());
    storage.publish(prepared, directory);
    return Dataset.open(storage, directory);
  }

  private static DatasetManifest.Shard shard(
      Storage storage, Path directory, String name, Tokenizer tokenizer, List<int[]> documents)
      throws IOException {
    TokenType type = TokenType.forVocabulary(tokenizer.vocabulary());
    long textBytes = 0;
    try (IndexedTokensWriter writer = new IndexedTokensWriter(storage, directory, name, type)) {
      for (int[] document : documents) {
        writer.append(document, document.length);
        textBytes += tokenizer.decode(document).length;
      }
      IndexedTokensWriter.Files files = writer.commit();
      return new DatasetManifest.Shard(
          name, writer.documents(), writer.tokens(), textBytes, files.bin(), files.idx());
    }
  }
}
