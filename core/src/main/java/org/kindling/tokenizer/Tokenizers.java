package org.kindling.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;

/** Finds a tokenizer by name, by the directory it was written to, or in JSON text. */
public final class Tokenizers {
  /** The name of the file in a directory that holds a tokenizer. */
  public static final String FILE_NAME = "tokenizer.json";

  private static final String CHOICES =
      "use byte, gpt2, cl100k_base, o200k_base, or a directory or file that kindling tokenizer"
          + " wrote";

  private Tokenizers() {}

  /**
   * The tokenizer of that name or in that place.
   *
   * @param nameOrPath {@code byte}, {@code gpt2}, {@code cl100k_base}, {@code o200k_base}, a
   *     directory that holds a {@code tokenizer.json}, or the path of such a file
   * @throws IllegalArgumentException if it is neither, listing the choices, or if the file holds a
   *     tokenizer of another kind than Kindling knows
   */
  public static Tokenizer load(Storage storage, String nameOrPath) throws IOException {
    Optional<Tokenizer> named = named(nameOrPath);
    if (named.isPresent()) {
      return named.get();
    }
    if (nameOrPath.isBlank()) {
      throw new IllegalArgumentException("tokenizer: found no name; " + CHOICES);
    }
    Path path = new Path(nameOrPath);
    Path file = storage.isDirectory(path) ? new Path(path, FILE_NAME) : path;
    if (!storage.exists(file)) {
      refuseMissing(nameOrPath, storage.exists(path));
    }
    try {
      return fromJson(storage.readText(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ", " + e.getMessage(), e);
    }
  }

  /** A tokenizer that needs no file; empty if there is none of that name. */
  public static Optional<Tokenizer> named(String name) {
    if (name.equals(ByteTokenizer.KIND)) {
      return Optional.of(new ByteTokenizer());
    }
    for (TiktokenEncoding encoding : TiktokenEncoding.values()) {
      if (encoding.kind().equals(name)) {
        return Optional.of(new TiktokenTokenizer(encoding));
      }
    }
    return Optional.empty();
  }

  /**
   * The tokenizer that {@link Tokenizer#toJson} wrote, or another's byte-level BPE tokenizer in
   * HuggingFace's format. Of the same kind and with the same hash as the one written.
   *
   * @throws IllegalArgumentException naming what in it is damaged or not supported
   */
  public static Tokenizer fromJson(String json) {
    JsonNode root = JsonText.read(json);
    JsonNode model = root.path("model");
    String type = model.path("type").asText(model.has("merges") ? "BPE" : "");
    if (type.equals("WordLevel")) {
      return CharacterJson.read(root);
    }
    if (!type.equals("BPE")) {
      throw new IllegalArgumentException(
          "model.type: found "
              + model.path("type")
              + ", expected a byte-level BPE model like GPT-2's or Kindling's character model;"
              + " convert the tokenizer or train one with kindling tokenizer");
    }
    BytePairVocabulary vocabulary = BytePairJsonReader.read(root);
    if (isBytes(vocabulary)) {
      return new ByteTokenizer();
    }
    for (TiktokenEncoding encoding : TiktokenEncoding.values()) {
      if (encoding.isThis(vocabulary)) {
        return new TiktokenTokenizer(encoding);
      }
    }
    return new BytePairTokenizer(vocabulary);
  }

  private static boolean isBytes(BytePairVocabulary vocabulary) {
    BytePairVocabulary bytes = ByteTokenizer.vocabularyOfBytes();
    return vocabulary.merges().length == 0
        && vocabulary.specials().equals(bytes.specials())
        && Arrays.deepEquals(
            Arrays.copyOf(vocabulary.tokens(), bytes.tokens().length), bytes.tokens());
  }

  private static void refuseMissing(String name, boolean isDirectory) throws FileNotFoundException {
    if (isDirectory) {
      throw new FileNotFoundException(
          name + ": the directory holds no " + FILE_NAME + " (no such file)");
    }
    if (name.equals(CharacterTokenizer.KIND)) {
      throw new IllegalArgumentException(
          "tokenizer char: has no fixed vocabulary; train one with kindling tokenizer --kind char"
              + " and give the directory it wrote");
    }
    throw new IllegalArgumentException(
        "tokenizer " + name + ": neither a known name nor an existing path; " + CHOICES);
  }
}
