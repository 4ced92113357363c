package org.kindling.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.BytePairTrainer;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;
import org.kindling.tokenizer.PieceCounts;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

class GgufTokenizerTest {
  private static final String KEYS = "tokenizer.ggml.";

  @TempDir Path directory;

  private static Tokenizer named(String name) {
    return Tokenizers.named(name).get();
  }

  private static Tokenizer learned(String text, int vocabulary) {
    return BytePairTrainer.train(new PieceCounts().addText(text), vocabulary);
  }

  private static Tokenizer characters(String text) {
    return CharacterTokenizer.train(new CodePoints().add(text));
  }

  private Map<String, Object> metadata(GgufTokenizer tokenizer) throws IOException {
    GgufMetadata metadata = new GgufMetadata();
    tokenizer.addTo(metadata);
    Path file = directory.resolve("tokens.gguf");
    GgufWriter.write(
        Storage.standard(), new org.apache.hadoop.fs.Path(file.toUri()), metadata, List.of());
    return GgufFile.read(file).metadata();
  }

  private static List<?> list(Map<String, Object> metadata, String key) {
    return (List<?>) metadata.get(KEYS + key);
  }

  @Test
  void writesMergesAndTokensOfBytePairs() throws IOException {
    GgufTokenizer tokenizer = GgufTokenizer.of(learned("ab ab ab abc", 259), 261);
    Map<String, Object> metadata = metadata(tokenizer);
    assertThat(metadata)
        .containsEntry(KEYS + "model", "gpt2")
        .containsEntry(KEYS + "pre", "gpt-2")
        .containsEntry(KEYS + "bos_token_id", 258L)
        .containsEntry(KEYS + "eos_token_id", 258L)
        .containsEntry(KEYS + "add_bos_token", false)
        .containsEntry(KEYS + "add_eos_token", false);
    assertThat(list(metadata, "merges")).isEqualTo(List.of("a b", "Ġ ab"));
    assertThat(list(metadata, "tokens").subList(256, 261))
        .isEqualTo(List.of("ab", "Ġab", "<|endoftext|>", "[PAD259]", "[PAD260]"));
    assertThat(list(metadata, "token_type").subList(256, 261)).isEqualTo(List.of(1, 1, 3, 5, 5));
    assertThat(tokenizer.vocabulary()).isEqualTo(261);
    assertThat(tokenizer.caveat()).isEmpty();
  }

  @Test
  void writesBytesAsBytePairsWithoutMerges() throws IOException {
    Map<String, Object> metadata = metadata(GgufTokenizer.of(named("byte"), 257));
    assertThat(metadata).containsEntry(KEYS + "eos_token_id", 256L);
    assertThat(list(metadata, "merges")).isEmpty();
    assertThat(list(metadata, "tokens")).hasSize(257);
    assertThat(list(metadata, "tokens").get(' ')).isEqualTo("Ġ");
  }

  @Test
  void namesThePublishedEncodingsAsLlamaCppDoes() throws IOException {
    Map<String, Object> cl100k = metadata(GgufTokenizer.of(named("cl100k_base"), 100_277));
    assertThat(cl100k)
        .containsEntry(KEYS + "pre", "dbrx")
        .containsEntry(KEYS + "eos_token_id", 100_257L);
    GgufTokenizer o200k = GgufTokenizer.of(named("o200k_base"), 200_019);
    Map<String, Object> metadata = metadata(o200k);
    assertThat(metadata).containsEntry(KEYS + "pre", "gpt-4o");
    assertThat(list(metadata, "token_type").get(199_998)).isEqualTo(5);
    assertThat(o200k.caveat()).hasValueSatisfying(line -> assertThat(line).contains("gpt-4o"));
  }

  @Test
  void callsWholePiecesFirstLlama3() throws IOException {
    Tokenizer tokenizer = likeLlama3(true);
    assertThat(metadata(GgufTokenizer.of(tokenizer, tokenizer.vocabulary())))
        .containsEntry(KEYS + "pre", "llama-bpe")
        .containsEntry(KEYS + "add_bos_token", false);
  }

  private static Tokenizer likeLlama3(boolean cl100kPattern) {
    String pattern = GgufSplitting.CL100K.regex().replace("\\", "\\\\").replace("\"", "\\\"");
    String split =
        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\""
            + pattern
            + "\"},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\","
            + "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}]}";
    String json = learned("ab ab ab abc", 259).toJson();
    json = json.replaceFirst("\"fuse_unk\": ?false", "\"fuse_unk\":false,\"ignore_merges\":true");
    int start = json.indexOf("\"pre_tokenizer\"");
    int end = json.indexOf("\"post_processor\"");
    return Tokenizers.fromJson(
        cl100kPattern
            ? json.substring(0, start) + "\"pre_tokenizer\":" + split + "," + json.substring(end)
            : json);
  }

  @Test
  void refusesWholePiecesFirstWhereLlamaCppHasThemNot() {
    Tokenizer tokenizer = likeLlama3(false);
    assertThatThrownBy(() -> GgufTokenizer.of(tokenizer, tokenizer.vocabulary()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tokenizer bpe, pre_tokenizer: found ByteLevel with ignore_merges");
  }

  @Test
  void writesCharactersForTheLongestMatch() throws IOException {
    GgufTokenizer tokenizer = GgufTokenizer.of(characters("a\n\\ b\u0000"), 8);
    Map<String, Object> metadata = metadata(tokenizer);
    assertThat(metadata)
        .containsEntry(KEYS + "model", "rwkv")
        .doesNotContainKeys(KEYS + "pre", KEYS + "merges", KEYS + "eos_token_id");
    assertThat(list(metadata, "tokens"))
        .isEqualTo(List.of("\\x00", "\\x0a", " ", "\\\\", "a", "b", "\\xff6]", "\\xff7]"));
    assertThat(tokenizer.caveat()).isEmpty();
  }

  @Test
  void warnsOfCharactersThatShareAFirstByte() {
    assertThat(GgufTokenizer.of(characters("aé"), 2).caveat())
        .hasValueSatisfying(line -> assertThat(line).contains("loops for ever"));
  }

  @Test
  void refusesAModelWithFewerRowsThanTokens() {
    assertThatThrownBy(() -> GgufTokenizer.of(named("byte"), 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 256 rows in the token table, expected at least the 257");
  }

  @Test
  void refusesBytePairsWithoutAnEnd() {
    String json = learned("ab ab", 258).toJson().replace("<|endoftext|>", "<|other|>");
    Tokenizer tokenizer = Tokenizers.fromJson(json);
    assertThatThrownBy(() -> GgufTokenizer.of(tokenizer, 258))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("llama.cpp would stop at token 11");
  }

  @Test
  void refusesAnOrdinaryTokenAtWhichLlamaCppWouldStop() {
    String json = learned("ab ab", 258).toJson().replace("\"ab\":256", "\"</s>\":256");
    Tokenizer tokenizer = Tokenizers.fromJson(json.replace("\"a b\"", ""));
    assertThatThrownBy(() -> GgufTokenizer.of(tokenizer, 258))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token 256: found the ordinary text </s>");
  }
}
