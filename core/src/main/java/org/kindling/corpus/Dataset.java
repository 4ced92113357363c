package org.kindling.corpus;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Sha256;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * An opened dataset: a directory with a manifest, a tokenizer and token shards. Immutable; threads
 * may share it, but not the readers it gives.
 *
 * <pre>{@code
 * Dataset dataset = Dataset.open(storage, new Path("data/shakespeare"));
 * try (TokenReader tokens = dataset.tokens("train")) {
 *   int[] first = new int[16];
 *   tokens.read(0, first, 0, first.length);
 * }
 * }</pre>
 */
public final class Dataset {
  public static final String TOKENIZER_FILE = "tokenizer.json";

  private final Storage storage;
  private final Path directory;
  private final DatasetManifest manifest;
  private final String hash;

  private Dataset(Storage storage, Path directory, DatasetManifest manifest, String hash) {
    this.storage = storage;
    this.directory = directory;
    this.manifest = manifest;
    this.hash = hash;
  }

  /**
   * Opens a dataset.
   *
   * @throws FileNotFoundException if the directory has no manifest: then it is no dataset
   * @throws CorruptFileException if the manifest cannot be read
   */
  public static Dataset open(Storage storage, Path directory) throws IOException {
    Path file = new Path(directory, DatasetManifest.FILE);
    if (!storage.exists(file)) {
      throw new FileNotFoundException(
          directory
              + (storage.exists(directory)
                  ? ": has no manifest.json, hence is no dataset; make one with kindling tokenize"
                  : ": no such directory; make a dataset with kindling tokenize"));
    }
    byte[] json = storage.read(file);
    return new Dataset(
        storage, directory, DatasetManifest.fromJson(json, file.toString()), Sha256.of(json));
  }

  /** Whether a directory holds a dataset whose manifest can be read. */
  public static boolean isDataset(Storage storage, Path directory) throws IOException {
    try {
      open(storage, directory);
      return true;
    } catch (FileNotFoundException | CorruptFileException e) {
      return false;
    }
  }

  public Path directory() {
    return directory;
  }

  public DatasetManifest manifest() {
    return manifest;
  }

  /** SHA-256 of {@code manifest.json} in hexadecimal; it covers every shard by its checksum. */
  public String hash() {
    return hash;
  }

  /**
   * The tokenizer that made the tokens.
   *
   * @throws CorruptFileException if {@code tokenizer.json} is not the one the manifest names
   */
  public Tokenizer tokenizer() throws IOException {
    Path file = new Path(directory, TOKENIZER_FILE);
    Tokenizer tokenizer;
    try {
      tokenizer = Tokenizers.fromJson(storage.readText(file));
    } catch (IllegalArgumentException e) {
      throw new CorruptFileException(
          file.toString(), 0, e.getMessage() + "; restore the file the dataset was made with");
    }
    if (!tokenizer.hash().equals(manifest.tokenizer().hash())) {
      throw new CorruptFileException(
          file.toString(),
          0,
          "expected tokenizer "
              + manifest.tokenizer().hash()
              + ", found "
              + tokenizer.hash()
              + "; restore the file the dataset was made with");
    }
    return tokenizer;
  }

  /**
   * All shards of a split, one after the other.
   *
   * @param split {@code train} or {@code validation}
   * @throws CorruptFileException if a file is missing or not of its recorded size
   */
  public TokenReader tokens(String split) throws IOException {
    return tokens(split, DocumentMode.JOIN);
  }

  /**
   * All shards of a split, one after the other.
   *
   * @param split {@code train} or {@code validation}
   * @param documents whether the reader tells documents apart, by the shards' indexes
   * @throws CorruptFileException if a file is missing or not of its recorded size
   */
  public TokenReader tokens(String split, DocumentMode documents) throws IOException {
    List<DatasetManifest.Shard> shards = split(split).shards();
    return reader("split " + split + " of " + directory, shards, documents);
  }

  /**
   * One shard of a split.
   *
   * @param shard 0 to the number of shards of that split, exclusive
   */
  public TokenReader tokens(String split, int shard) throws IOException {
    return tokens(split, shard, DocumentMode.JOIN);
  }

  /** One shard of a split, whose documents the reader tells apart or not. */
  public TokenReader tokens(String split, int shard, DocumentMode documents) throws IOException {
    DatasetManifest.Shard entry = split(split).shards().get(shard);
    return reader("shard " + entry.name() + " of " + directory, List.of(entry), documents);
  }

  /**
   * What the manifest says of a split.
   *
   * @throws IllegalArgumentException naming the splits there are
   */
  public DatasetManifest.SplitEntry split(String split) {
    DatasetManifest.SplitEntry entry = manifest.splits().get(split);
    if (entry == null) {
      throw new IllegalArgumentException(
          directory
              + ": has no split "
              + split
              + ", only "
              + String.join(" and ", manifest.splits().keySet()));
    }
    return entry;
  }

  /** Tokens of each shard of a split, in order. */
  public List<Long> shardTokens(String split) {
    return split(split).shards().stream().map(DatasetManifest.Shard::tokens).toList();
  }

  private TokenReader reader(
      String name, List<DatasetManifest.Shard> shards, DocumentMode documents) throws IOException {
    requireSizes(shards);
    List<PagedTokenReader.Part> parts =
        shards.stream()
            .map(s -> new PagedTokenReader.Part(new Path(directory, s.name() + ".bin"), s.bin()))
            .toList();
    TokenReader tokens =
        new PagedTokenReader(
            storage,
            name,
            parts,
            manifest.tokenType(),
            manifest.tokenizer().vocabulary(),
            PageCache.SHARED);
    return documents == DocumentMode.JOIN
        ? tokens
        : new SeparateDocuments(
            tokens, new DocumentStarts(storage, directory, shards, PageCache.SHARED));
  }

  /**
   * Checks that every file of every split is there and has its recorded size, without reading it.
   *
   * @throws CorruptFileException naming the first that has not
   */
  public void requireSizes() throws IOException {
    for (DatasetManifest.SplitEntry split : manifest.splits().values()) {
      requireSizes(split.shards());
    }
  }

  /** One listing instead of a question a file: on HDFS this is one call for all shards. */
  private void requireSizes(List<DatasetManifest.Shard> shards) throws IOException {
    Map<String, Long> sizes = storage.sizesBytes(directory);
    for (DatasetManifest.Shard shard : shards) {
      requireSize(sizes, shard.name() + ".bin", shard.bin());
      requireSize(sizes, shard.name() + ".idx", shard.idx());
    }
  }

  private void requireSize(Map<String, Long> sizes, String file, FileChecksum expected)
      throws IOException {
    Long found = sizes.get(file);
    if (found == null) {
      throw new FileNotFoundException(
          new Path(directory, file) + ": no such file, but the manifest lists it; restore it");
    }
    if (found != expected.sizeBytes()) {
      throw new CorruptFileException(
          new Path(directory, file).toString(),
          Math.min(found, expected.sizeBytes()),
          "expected " + expected.sizeBytes() + " bytes, found " + found + "; restore the file");
    }
  }

  /**
   * Reads every file and compares it with the manifest.
   *
   * @throws CorruptFileException at the first difference
   */
  public void verify() throws IOException {
    tokenizer();
    for (DatasetManifest.SplitEntry split : manifest.splits().values()) {
      requireSizes(split.shards());
      for (DatasetManifest.Shard shard : split.shards()) {
        verify(shard);
      }
    }
  }

  /**
   * Reads the files of one shard and compares them with the manifest.
   *
   * @throws CorruptFileException at the first difference
   */
  public void verify(String split, int shard) throws IOException {
    verify(split(split).shards().get(shard));
  }

  private void verify(DatasetManifest.Shard shard) throws IOException {
    storage.verify(new Path(directory, shard.name() + ".bin"), shard.bin());
    storage.verify(new Path(directory, shard.name() + ".idx"), shard.idx());
    IndexedTokens.open(storage, directory, shard.name()).check();
  }
}
