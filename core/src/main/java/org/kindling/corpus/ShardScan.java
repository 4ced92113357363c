package org.kindling.corpus;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * Reads one shard through: compares it with the manifest and counts what is in it, in memory that
 * depends on the vocabulary alone.
 *
 * @param shard name of the shard
 * @param problem what is wrong with it, in one line; empty if nothing is
 * @param tokens how often each token occurs; null if there is a problem
 * @param lengths of documents in tokens; null if there is a problem
 */
public record ShardScan(String shard, String problem, TokenCounts tokens, LengthHistogram lengths)
    implements Serializable {
  private static final int BUFFER_BYTES = 1 << 17;

  /**
   * Scans a shard.
   *
   * @param number of the shard in its split, from 0
   * @throws IOException if it cannot be read for a reason that is not the shard's: then trying
   *     again may help
   */
  public static ShardScan of(Storage storage, Dataset dataset, String split, int number)
      throws IOException {
    DatasetManifest.Shard entry = dataset.split(split).shards().get(number);
    try {
      LengthHistogram lengths = lengths(storage, dataset, entry);
      return new ShardScan(entry.name(), "", tokens(storage, dataset, entry), lengths);
    } catch (CorruptFileException | FileNotFoundException e) {
      return new ShardScan(entry.name(), e.getMessage(), null, null);
    }
  }

  private static LengthHistogram lengths(
      Storage storage, Dataset dataset, DatasetManifest.Shard entry) throws IOException {
    Path idx = new Path(dataset.directory(), entry.name() + ".idx");
    Path bin = new Path(dataset.directory(), entry.name() + ".bin");
    requireSize(storage, idx, entry.idx());
    requireSize(storage, bin, entry.bin());
    storage.verify(idx, entry.idx());
    IndexedTokens index = IndexedTokens.open(storage, dataset.directory(), entry.name());
    index.check();
    if (index.documents() != entry.documents()
        || index.type() != dataset.manifest().tokenType()
        || index.tokens() != entry.tokens()) {
      throw new CorruptFileException(
          idx.toString(),
          0,
          String.format(
              "expected %d documents of %d %s tokens by the manifest, found %d of %d %s",
              entry.documents(),
              entry.tokens(),
              dataset.manifest().dtype(),
              index.documents(),
              index.tokens(),
              index.type().label()));
    }
    LengthHistogram lengths = new LengthHistogram();
    index.forEachDocument(lengths::add);
    return lengths;
  }

  private static void requireSize(Storage storage, Path file, FileChecksum expected)
      throws IOException {
    if (!storage.exists(file)) {
      throw new FileNotFoundException(
          file + ": no such file, but the manifest lists it; restore it");
    }
    long found = storage.sizeBytes(file);
    if (found != expected.sizeBytes()) {
      throw new CorruptFileException(
          file.toString(),
          Math.min(found, expected.sizeBytes()),
          "expected " + expected.sizeBytes() + " bytes, found " + found + "; restore the file");
    }
  }

  /** One pass for checksum and counts. */
  private static TokenCounts tokens(Storage storage, Dataset dataset, DatasetManifest.Shard entry)
      throws IOException {
    Path bin = new Path(dataset.directory(), entry.name() + ".bin");
    TokenType type = dataset.manifest().tokenType();
    int vocabulary = dataset.manifest().tokenizer().vocabulary();
    TokenCounts counts = new TokenCounts(vocabulary);
    CRC32C crc = new CRC32C();
    byte[] buffer = new byte[BUFFER_BYTES];
    int[] tokens = new int[BUFFER_BYTES / type.bytes()];
    long size = 0;
    long outside = -1;
    try (InputStream in = storage.open(bin)) {
      for (int n = fill(in, buffer); n > 0; n = fill(in, buffer)) {
        crc.update(buffer, 0, n);
        int count = n / type.bytes();
        type.decode(buffer, 0, tokens, 0, count);
        int valid = valid(tokens, count, vocabulary);
        if (valid < count && outside < 0) {
          outside = size + (long) valid * type.bytes();
        }
        counts.add(tokens, valid);
        size += n;
      }
    }
    String found = String.format("%08x", crc.getValue());
    if (!found.equals(entry.bin().crc32c())) {
      throw new CorruptFileException(
          bin.toString(),
          0,
          "expected CRC-32C "
              + entry.bin().crc32c()
              + ", found "
              + found
              + "; the content has changed since it was written, restore the file");
    }
    if (outside >= 0) {
      throw new CorruptFileException(
          bin.toString(),
          outside,
          "expected a token from 0 to "
              + (vocabulary - 1)
              + "; the file is of another tokenizer, tokenize again");
    }
    return counts;
  }

  private static int fill(InputStream in, byte[] buffer) throws IOException {
    return in.readNBytes(buffer, 0, buffer.length);
  }

  /** How many tokens come before the first that is not in the vocabulary. */
  private static int valid(int[] tokens, int count, int vocabulary) {
    for (int i = 0; i < count; i++) {
      if (tokens[i] < 0 || tokens[i] >= vocabulary) {
        return i;
      }
    }
    return count;
  }
}
