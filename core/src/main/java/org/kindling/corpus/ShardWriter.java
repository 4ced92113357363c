package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/**
 * Tokenizes one part of a corpus: up to one shard a split, named {@code NAME-train} and {@code
 * NAME-validation}. A split that gets no document gets no shard. Holds one document at a time. Not
 * thread-safe.
 */
public final class ShardWriter implements Closeable {
  private final Storage storage;
  private final Path directory;
  private final String name;
  private final Tokenizer tokenizer;
  private final SplitRule rule;
  private final Map<Split, Open> open = new EnumMap<>(Split.class);

  public ShardWriter(
      Storage storage, Path directory, String name, Tokenizer tokenizer, SplitRule rule) {
    this.storage = storage;
    this.directory = directory;
    this.name = name;
    this.tokenizer = tokenizer;
    this.rule = rule;
  }

  /** A shard being written. */
  private static final class Open {
    final String name;
    final IndexedTokensWriter writer;
    long textBytes;

    Open(String name, IndexedTokensWriter writer) {
      this.name = name;
      this.writer = writer;
    }
  }

  /** Adds a document to the split the rule says; an empty one is left out. */
  public void add(String document) throws IOException {
    if (!document.isEmpty()) {
      rule.place(document, this::append);
    }
  }

  private void append(Split split, String text) throws IOException {
    int[] tokens = tokenizer.encode(text);
    int length = tokens.length;
    if (tokenizer.endOfText().isPresent()) {
      tokens = Arrays.copyOf(tokens, length + 1);
      tokens[length++] = tokenizer.endOfText().getAsInt();
    }
    Open shard = open.get(split);
    if (shard == null) {
      String shardName = name + "-" + split.label();
      TokenType type = TokenType.forVocabulary(tokenizer.vocabulary());
      shard = new Open(shardName, new IndexedTokensWriter(storage, directory, shardName, type));
      open.put(split, shard);
    }
    shard.writer.append(tokens, length);
    shard.textBytes += utf8Bytes(text);
  }

  private static long utf8Bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Makes the shards visible and says what is in them, by split. */
  public Map<Split, DatasetManifest.Shard> commit() throws IOException {
    Map<Split, DatasetManifest.Shard> written = new EnumMap<>(Split.class);
    for (Map.Entry<Split, Open> entry : open.entrySet()) {
      Open shard = entry.getValue();
      IndexedTokensWriter.Files files = shard.writer.commit();
      written.put(
          entry.getKey(),
          new DatasetManifest.Shard(
              shard.name,
              shard.writer.documents(),
              shard.writer.tokens(),
              shard.textBytes,
              files.bin(),
              files.idx()));
    }
    return written;
  }

  @Override
  public void close() throws IOException {
    for (Open shard : open.values()) {
      shard.writer.close();
    }
  }
}
