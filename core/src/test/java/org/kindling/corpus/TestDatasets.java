package org.kindling.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/** Small datasets of bytes, for tests. */
final class TestDatasets {
  static final Storage STORAGE = Storage.standard();

  private TestDatasets() {}

  static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  /** A dataset whose training split has the given shards, one document each. */
  static Dataset write(Path directory, int[]... shards) throws IOException {
    int[][][] documents = new int[shards.length][][];
    for (int i = 0; i < shards.length; i++) {
      documents[i] = new int[][] {shards[i]};
    }
    return writeDocuments(directory, documents);
  }

  /**
   * A dataset of a training split.
   *
   * @param shards tokens of the documents of each shard
   */
  static Dataset writeDocuments(Path directory, int[][][] shards) throws IOException {
    Tokenizer tokenizer = Tokenizers.load(STORAGE, "byte");
    org.apache.hadoop.fs.Path target = hadoop(directory);
    STORAGE.writeText(new org.apache.hadoop.fs.Path(target, "tokenizer.json"), tokenizer.toJson());
    List<DatasetManifest.Shard> entries = new ArrayList<>();
    for (int i = 0; i < shards.length; i++) {
      String name = Split.TRAIN.shardName(i, shards.length);
      try (var writer = new IndexedTokensWriter(STORAGE, target, name, TokenType.U16)) {
        for (int[] document : shards[i]) {
          writer.append(document, document.length);
        }
        var files = writer.commit();
        long tokens = writer.tokens();
        entries.add(
            new DatasetManifest.Shard(
                name, shards[i].length, tokens, tokens, files.bin(), files.idx()));
      }
    }
    DatasetManifest manifest =
        DatasetManifest.of(
            new DatasetManifest.TokenizerEntry("byte", tokenizer.hash(), tokenizer.vocabulary()),
            new DatasetManifest.Options("hash", 0, "fail"),
            0,
            Map.of(),
            new EnumMap<>(Map.of(Split.TRAIN, entries)));
    STORAGE.writeText(new org.apache.hadoop.fs.Path(target, "manifest.json"), manifest.toJson());
    return Dataset.open(STORAGE, target);
  }
}
