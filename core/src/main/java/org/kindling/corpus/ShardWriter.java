package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.Tokenizer;

/**
 * Tokenizes one part of a corpus: up to one shard a split, named {@code NAME-train} and {@code
 * NAME-validation}. A split that gets no document gets no shard. Documents come in pieces and may
 * have any length; memory does not grow with them. Not thread-safe.
 *
 * <pre>{@code
 * writer.append(utf8, 0, 1000);
 * writer.append(utf8, 1000, 1700);
 * writer.endDocument();
 * Map<Split, DatasetManifest.Shard> shards = writer.commit();
 * }</pre>
 */
public final class ShardWriter implements Closeable {
  private final Storage storage;
  private final Path directory;
  private final String name;
  private final Tokenizer tokenizer;
  private final SpecialTokens specialTokens;
  private final SplitRule rule;
  private final Map<Split, Open> open = new EnumMap<>(Split.class);
  private final Map<Split, PendingTokens> pending = new EnumMap<>(Split.class);
  private boolean undecided;

  public ShardWriter(
      Storage storage,
      Path directory,
      String name,
      Tokenizer tokenizer,
      SpecialTokens specialTokens,
      SplitRule rule) {
    this.storage = storage;
    this.directory = directory;
    this.name = name;
    this.tokenizer = tokenizer;
    this.specialTokens = specialTokens;
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

  /**
   * Adds the next piece of the current document.
   *
   * @param utf8 whole characters
   * @throws IllegalArgumentException if the tokenizer cannot encode it
   */
  public void append(byte[] utf8, int from, int to) throws IOException {
    int toTrain = rule.bytesToTrain(utf8, from, to);
    undecided = toTrain == SplitRule.UNDECIDED;
    int border = undecided ? to : from + toTrain;
    if (border > from) {
      pending(Split.TRAIN).append(utf8, from, border);
    }
    if (to > border) {
      pending(Split.VALIDATION).append(utf8, border, to);
    }
  }

  private PendingTokens pending(Split split) {
    return pending.computeIfAbsent(
        split,
        key ->
            new PendingTokens(
                storage,
                new Path(directory, "." + name + "-" + key.label() + ".long"),
                tokenizer,
                specialTokens));
  }

  /** Ends the current document; an empty one is left out. */
  public void endDocument() throws IOException {
    Split whole = rule.endDocument();
    for (Map.Entry<Split, PendingTokens> entry : pending.entrySet()) {
      PendingTokens tokens = entry.getValue();
      if (tokens.textBytes() > 0) {
        Open shard = shard(undecided ? whole : entry.getKey());
        shard.textBytes += tokens.textBytes();
        tokens.moveTo(shard.writer);
      }
    }
  }

  /** Leaves out the current document, of which some pieces may have come. */
  public void forgetDocument() throws IOException {
    rule.forgetDocument();
    for (PendingTokens tokens : pending.values()) {
      tokens.forget();
    }
  }

  /** Adds a whole document. */
  public void add(byte[] utf8) throws IOException {
    append(utf8, 0, utf8.length);
    endDocument();
  }

  private Open shard(Split split) throws IOException {
    Open shard = open.get(split);
    if (shard == null) {
      String shardName = name + "-" + split.label();
      TokenType type = TokenType.forVocabulary(tokenizer.vocabulary());
      shard = new Open(shardName, new IndexedTokensWriter(storage, directory, shardName, type));
      open.put(split, shard);
    }
    return shard;
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
    for (PendingTokens tokens : pending.values()) {
      tokens.close();
    }
    for (Open shard : open.values()) {
      shard.writer.close();
    }
  }
}
