package org.kindling.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The encodings that {@code tiktoken} made common, from the ranks that jtokkit ships. Everything is
 * loaded when first asked for, and once.
 */
enum TiktokenEncoding {
  GPT2("gpt2", "r50k_base", Splitting.GPT2, Map.of(50256, "<|endoftext|>")),

  CL100K_BASE(
      "cl100k_base",
      "cl100k_base",
      Splitting.CL100K,
      Map.of(
          100257, "<|endoftext|>",
          100258, "<|fim_prefix|>",
          100259, "<|fim_middle|>",
          100260, "<|fim_suffix|>",
          100276, "<|endofprompt|>")),

  O200K_BASE(
      "o200k_base",
      "o200k_base",
      Splitting.O200K,
      Map.of(199999, "<|endoftext|>", 200018, "<|endofprompt|>"));

  private final String kind;
  private final String resource;
  private final Splitting splitting;
  private final SortedMap<Integer, String> specials;
  private BytePairVocabulary vocabulary;
  private BytePairTokenizer tokenizer;

  TiktokenEncoding(String kind, String ranks, Splitting splitting, Map<Integer, String> specials) {
    this.kind = kind;
    this.resource = "/com/knuddels/jtokkit/" + ranks + ".tiktoken";
    this.splitting = splitting;
    this.specials = Collections.unmodifiableSortedMap(new TreeMap<>(specials));
  }

  String kind() {
    return kind;
  }

  /** Highest special id + 1. */
  int size() {
    return specials.lastKey() + 1;
  }

  /** Known without loading anything. */
  int endOfText() {
    return specials.entrySet().stream()
        .filter(special -> special.getValue().equals(BytePairVocabulary.END_OF_TEXT))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  SortedMap<Integer, String> specials() {
    return specials;
  }

  Splitting splitting() {
    return splitting;
  }

  synchronized BytePairTokenizer tokenizer() {
    if (tokenizer == null) {
      byte[][] tokens = readTokens();
      Ranks ranks = Ranks.toMerges(tokens);
      vocabulary = new BytePairVocabulary(tokens, ranks.merges(), specials, splitting, false);
      tokenizer = new BytePairTokenizer(kind, vocabulary, ranks.table(), new TokenIds(tokens));
    }
    return tokenizer;
  }

  synchronized BytePairVocabulary vocabulary() {
    tokenizer();
    return vocabulary;
  }

  /** Whether a vocabulary read from a file is this one. */
  boolean isThis(BytePairVocabulary other) {
    if (!other.specials().equals(specials) || other.splitting() != splitting) {
      return false;
    }
    byte[][] tokens = vocabulary().tokens();
    return other.tokens().length >= tokens.length
        && Arrays.deepEquals(Arrays.copyOf(other.tokens(), tokens.length), tokens)
        && Arrays.equals(other.merges(), vocabulary().merges());
  }

  private byte[][] readTokens() {
    try (InputStream in = TiktokenEncoding.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            resource + ": not on the class path; the jtokkit jar is missing or damaged");
      }
      return parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(resource + ": cannot be read from the jtokkit jar", e);
    }
  }

  /** Lines of the token in base 64, a space and its rank. */
  private byte[][] parse(byte[] lines) {
    byte[][] tokens = new byte[size()][];
    int most = 0;
    for (int start = 0; start < lines.length; ) {
      int space = start;
      while (lines[space] != ' ') {
        space++;
      }
      int id = 0;
      int end = space + 1;
      for (; end < lines.length && lines[end] >= '0'; end++) {
        id = id * 10 + lines[end] - '0';
      }
      tokens[id] = Base64.getDecoder().decode(Arrays.copyOfRange(lines, start, space));
      most = Math.max(most, id + 1);
      while (end < lines.length && lines[end] <= ' ') {
        end++;
      }
      start = end;
    }
    return Arrays.copyOf(tokens, most);
  }
}
