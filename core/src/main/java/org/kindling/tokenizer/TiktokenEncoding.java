package org.kindling.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The encodings that {@code tiktoken} made common, from the ranks that jtokkit ships. Everything is
 * loaded when first asked for, and once.
 */
enum TiktokenEncoding {
  GPT2("gpt2", EncodingType.R50K_BASE, Splitting.GPT2, Map.of(50256, "<|endoftext|>")),

  CL100K_BASE(
      "cl100k_base",
      EncodingType.CL100K_BASE,
      Splitting.CL100K,
      Map.of(
          100257, "<|endoftext|>",
          100258, "<|fim_prefix|>",
          100259, "<|fim_middle|>",
          100260, "<|fim_suffix|>",
          100276, "<|endofprompt|>")),

  O200K_BASE(
      "o200k_base",
      EncodingType.O200K_BASE,
      Splitting.O200K,
      Map.of(199999, "<|endoftext|>", 200018, "<|endofprompt|>"));

  private final String kind;
  private final EncodingType type;
  private final Splitting splitting;
  private final SortedMap<Integer, String> specials;
  private Encoding encoding;
  private BytePairVocabulary vocabulary;

  TiktokenEncoding(
      String kind, EncodingType type, Splitting splitting, Map<Integer, String> specials) {
    this.kind = kind;
    this.type = type;
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

  synchronized Encoding encoding() {
    if (encoding == null) {
      encoding = Encodings.newLazyEncodingRegistry().getEncoding(type);
    }
    return encoding;
  }

  synchronized BytePairVocabulary vocabulary() {
    if (vocabulary == null) {
      byte[][] tokens = readTokens();
      vocabulary =
          new BytePairVocabulary(tokens, Ranks.toMerges(tokens), specials, splitting, false);
    }
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
    String resource = "/com/knuddels/jtokkit/" + type.getName() + ".tiktoken";
    List<byte[]> tokens = new ArrayList<>(size());
    try (InputStream in = Encodings.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            resource + ": not on the class path; the jtokkit jar is damaged");
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int space = line.indexOf(' ');
        int id = Integer.parseInt(line.substring(space + 1));
        while (tokens.size() <= id) {
          tokens.add(null);
        }
        tokens.set(id, Base64.getDecoder().decode(line.substring(0, space)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(resource + ": cannot be read from the jtokkit jar", e);
    }
    return tokens.toArray(new byte[0][]);
  }
}
