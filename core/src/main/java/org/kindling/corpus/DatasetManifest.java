package org.kindling.corpus;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;

/**
 * What {@code manifest.json} says of a dataset. It holds no times and no paths: equal text,
 * tokenizer and options give an equal manifest.
 *
 * @param format always {@value #FORMAT}
 * @param formatVersion of the directory's layout; this code reads {@value #VERSION}
 * @param kindlingVersion that wrote it
 * @param tokenizer what the tokens mean
 * @param dtype {@code u16} or {@code i32}
 * @param options how documents were chosen
 * @param skippedDocuments malformed documents left out
 * @param droppedDocuments documents that {@code options.quality} left out, by reason; absent if
 *     none
 * @param splits by name
 */
@JsonPropertyOrder({
  "format",
  "formatVersion",
  "kindlingVersion",
  "tokenizer",
  "dtype",
  "options",
  "skippedDocuments",
  "droppedDocuments",
  "splits"
})
public record DatasetManifest(
    String format,
    int formatVersion,
    String kindlingVersion,
    TokenizerEntry tokenizer,
    String dtype,
    Options options,
    long skippedDocuments,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, Long> droppedDocuments,
    SortedMap<String, SplitEntry> splits) {
  public static final String FILE = "manifest.json";
  static final String FORMAT = "kindling-dataset";
  static final int VERSION = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  public DatasetManifest {
    droppedDocuments = droppedDocuments == null ? new TreeMap<>() : droppedDocuments;
  }

  /**
   * The tokenizer of a dataset.
   *
   * @param kind {@code character}, {@code byte}, …
   * @param hash of its {@code tokenizer.json}, see {@link org.kindling.tokenizer.Tokenizer#hash}
   * @param vocabulary tokens are below this
   */
  public record TokenizerEntry(String kind, String hash, int vocabulary) {}

  /**
   * How documents were chosen.
   *
   * @param split {@code hash} or {@code tail}
   * @param validationFraction of the documents (hash) or of the characters (tail)
   * @param onMalformed {@code fail}, {@code skip} or {@code replace}
   * @param normalize {@code nfc}; absent if the text is as it was
   * @param specialTokens {@code ordinary} or {@code allow}; absent if text that looks like a
   *     special token was refused
   * @param quality the steps that left documents out, with their settings; absent if there were
   *     none
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Options(
      String split,
      double validationFraction,
      String onMalformed,
      String normalize,
      String specialTokens,
      Map<String, Object> quality) {
    public Options {
      quality = quality == null ? Map.of() : new TreeMap<>(quality);
    }

    /** Options of text that is used as it is. */
    public Options(String split, double validationFraction, String onMalformed) {
      this(split, validationFraction, onMalformed, null, null, Map.of());
    }
  }

  /**
   * A split.
   *
   * @param documents number of documents; a document that {@code tail} cuts counts in both
   * @param tokens number of tokens, ends of text included
   * @param textBytes of UTF-8 that the tokens stand for
   * @param shards in order
   */
  public record SplitEntry(long documents, long tokens, long textBytes, List<Shard> shards) {
    /** Adds up what the shards hold. */
    public static SplitEntry of(List<Shard> shards) {
      return new SplitEntry(
          shards.stream().mapToLong(Shard::documents).sum(),
          shards.stream().mapToLong(Shard::tokens).sum(),
          shards.stream().mapToLong(Shard::textBytes).sum(),
          List.copyOf(shards));
    }
  }

  /**
   * A shard.
   *
   * @param name of both files, without suffix
   * @param documents number of documents
   * @param tokens number of tokens
   * @param textBytes of UTF-8 that the tokens stand for
   * @param bin size and checksum of the tokens
   * @param idx size and checksum of the index
   */
  public record Shard(
      String name, long documents, long tokens, long textBytes, FileChecksum bin, FileChecksum idx)
      implements Serializable {
    Shard renamed(String newName) {
      return new Shard(newName, documents, tokens, textBytes, bin, idx);
    }
  }

  /** The manifest of a dataset about to be published. */
  public static DatasetManifest of(
      TokenizerEntry tokenizer,
      Options options,
      long skippedDocuments,
      Map<String, Long> droppedDocuments,
      Map<Split, List<Shard>> shards) {
    SortedMap<String, SplitEntry> splits = new TreeMap<>();
    shards.forEach((split, entries) -> splits.put(split.label(), SplitEntry.of(entries)));
    return new DatasetManifest(
        FORMAT,
        VERSION,
        WriterVersion.current(),
        tokenizer,
        TokenType.forVocabulary(tokenizer.vocabulary()).label(),
        options,
        skippedDocuments,
        new TreeMap<>(droppedDocuments),
        splits);
  }

  public String toJson() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(indenter);
    printer.indentArraysWith(indenter);
    try {
      return JSON.writer(printer).writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("manifest cannot be written as JSON", e);
    }
  }

  /**
   * Reads a manifest.
   *
   * @param file as errors should name it
   * @throws CorruptFileException if it is not one, or of a version this code does not read
   */
  static DatasetManifest fromJson(byte[] json, String file) throws IOException {
    DatasetManifest manifest;
    try {
      manifest = JSON.readValue(json, DatasetManifest.class);
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
      throw new CorruptFileException(
          file, at, "is no manifest of a dataset (" + e.getOriginalMessage() + ")");
    }
    manifest.validate(file, new String(json, StandardCharsets.UTF_8));
    return manifest;
  }

  private void validate(String file, String json) throws IOException {
    if (!FORMAT.equals(format)) {
      throw new CorruptFileException(
          file, 0, "expected format " + FORMAT + ", found " + format + "; this is no dataset");
    }
    if (formatVersion != VERSION) {
      throw new CorruptFileException(
          file,
          Math.max(0, json.indexOf("formatVersion")),
          "expected format version "
              + VERSION
              + ", found "
              + formatVersion
              + "; read it with Kindling "
              + kindlingVersion);
    }
    if (tokenizer == null || options == null || splits == null || splits.isEmpty()) {
      throw new CorruptFileException(file, 0, "tokenizer, options or splits are missing");
    }
    tokenType(file);
    checkSizes(file);
  }

  private void checkSizes(String file) throws IOException {
    int bytes = tokenType(file).bytes();
    for (SplitEntry split : splits.values()) {
      for (Shard shard : split.shards()) {
        long found = shard.bin().sizeBytes();
        if (found != shard.tokens() * bytes) {
          throw new CorruptFileException(
              file, 0, shard.name() + " has " + shard.tokens() + " tokens in " + found + " bytes");
        }
      }
      if (!SplitEntry.of(split.shards()).equals(split)) {
        throw new CorruptFileException(file, 0, "the sums over shards are wrong");
      }
    }
  }

  private TokenType tokenType(String file) throws IOException {
    for (TokenType type : TokenType.values()) {
      if (type.label().equals(dtype)) {
        return type;
      }
    }
    throw new CorruptFileException(file, 0, "expected dtype u16 or i32, found " + dtype);
  }

  /** How tokens are stored. */
  TokenType tokenType() {
    return TokenType.valueOf(dtype.toUpperCase(java.util.Locale.ROOT));
  }

  /** Documents of all splits. */
  public long documents() {
    return splits.values().stream().mapToLong(SplitEntry::documents).sum();
  }

  /** Tokens of all splits. */
  public long tokens() {
    return splits.values().stream().mapToLong(SplitEntry::tokens).sum();
  }

  /** Bytes of text of all splits. */
  public long textBytes() {
    return splits.values().stream().mapToLong(SplitEntry::textBytes).sum();
  }
}
