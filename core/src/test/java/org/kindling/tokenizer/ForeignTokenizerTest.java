package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that other programs wrote. */
class ForeignTokenizerTest {
  private static final String TEXT = "low lower lowest";
  private final Tokenizer ours = BytePairTrainer.train(new PieceCounts().addText(TEXT), 262);
  private ObjectNode root;

  @BeforeEach
  void read() {
    root = (ObjectNode) JsonText.read(ours.toJson());
  }

  @Test
  void readsMergesAsPairs() {
    ArrayNode pairs = root.arrayNode();
    for (JsonNode merge : root.path("model").path("merges")) {
      String[] parts = merge.asText().split(" ");
      pairs.addArray().add(parts[0]).add(parts[1]);
    }
    model().set("merges", pairs);
    assertThat(load().hash()).isEqualTo(ours.hash());
  }

  @Test
  void readsOlderFilesWithoutATypeOfModel() {
    model().remove("type");
    assertThat(load().hash()).isEqualTo(ours.hash());
  }

  @Test
  void keepsIdsAsTheyAre() {
    // As HuggingFace's trainer numbers: the special token first.
    ObjectNode vocabulary = root.objectNode();
    model()
        .path("vocab")
        .fields()
        .forEachRemaining(
            e -> vocabulary.put(e.getKey(), (e.getValue().asInt() + 1) % ours.vocabulary()));
    model().set("vocab", vocabulary);
    ((ObjectNode) root.path("added_tokens").get(0)).put("id", 0);
    Tokenizer read = load();
    assertThat(read.endOfText()).hasValue(0);
    int[] expected = java.util.Arrays.stream(ours.encode(TEXT)).map(id -> id + 1).toArray();
    assertThat(read.encode(TEXT)).isEqualTo(expected);
    assertThat(read.decodeText(expected)).isEqualTo(TEXT);
    assertThat(Tokenizers.fromJson(read.toJson()).hash()).isEqualTo(read.hash());
  }

  @Test
  void looksForWholePiecesFirstWhereMergesAreIgnored() {
    ((ArrayNode) root.path("model").path("merges")).remove(0);
    int whole = model().path("vocab").path("low").asInt();
    assertThat(load().encode("low")).hasSizeGreaterThan(1);
    model().put("ignore_merges", true);
    Tokenizer read = load();
    assertThat(read.encode("low")).containsExactly(whole);
    assertThat(Tokenizers.fromJson(read.toJson()).encode("low")).containsExactly(whole);
  }

  @Test
  void refusesWhatItCouldNotReproduce() {
    refuses(r -> model().put("type", "Unigram"), "model.type: found \"Unigram\", expected");
    refuses(r -> r.remove("model"), "model.type: found");
    refuses(r -> r.putObject("normalizer").put("type", "NFC"), "normalizer: found {\"type\"");
    refuses(r -> model().put("byte_fallback", true), "model.byte_fallback: found true");
    refuses(r -> model().put("dropout", 0.1), "model.dropout: found 0.1");
    refuses(r -> model().put("end_of_word_suffix", "</w>"), "model.end_of_word_suffix: found");
    refuses(
        r -> ((ObjectNode) r.path("pre_tokenizer")).put("add_prefix_space", true),
        "pre_tokenizer: expected ByteLevel with add_prefix_space false");
    refuses(r -> r.putObject("pre_tokenizer").put("type", "Whitespace"), "pre_tokenizer: expected");
    refuses(
        r -> ((ObjectNode) r.path("added_tokens").get(0)).put("special", false),
        "added_tokens: \"<|endoftext|>\" is not special");
  }

  @Test
  void refusesDamagedVocabularies() {
    refuses(
        r -> vocabulary().put("▁low", 9999), "model.vocab: \"▁low\" is not written in the byte");
    refuses(r -> vocabulary().put("xyz", 5), "model.vocab: two tokens have the id 5");
    refuses(r -> vocabulary().put("xyz", -5), "model.vocab: \"xyz\" has the id -5");
    refuses(r -> vocabulary().put("xyz", 99_999_999), "model.vocab: \"xyz\" has the id 99999999");
    refuses(r -> vocabulary().remove("Ġ"), "model.vocab: no token for the byte 32 (\"Ġ\")");
    refuses(r -> merges().add("a b c"), "model.merges, entry 5: expected two tokens");
    refuses(r -> merges().add("x z"), "model.merges, entry 5: \"xz\" is not in model.vocab");
  }

  @Test
  void splitsLikeAnEncodingWithAnotherVocabulary() {
    ObjectNode cl100k = (ObjectNode) JsonText.read(encoding("cl100k_base").toJson());
    root.set("pre_tokenizer", cl100k.get("pre_tokenizer"));
    Tokenizer read = load();
    assertThat(read.kind()).isEqualTo("bpe");
    // GPT-2 splits "(low" after the parenthesis and keeps the space with the word.
    assertThat(read.encode(" low lower")).isEqualTo(ours.encode(" low lower"));
    assertThat(read.decodeText(read.encode("(low\n\n x"))).isEqualTo("(low\n\n x");
    assertThat(Tokenizers.fromJson(read.toJson()).hash()).isEqualTo(read.hash());
  }

  @Test
  void readsASplitThatKeepsMatchesByDroppingTheRest() {
    ObjectNode cl100k = (ObjectNode) JsonText.read(encoding("cl100k_base").toJson());
    ObjectNode split = (ObjectNode) cl100k.path("pre_tokenizer").path("pretokenizers").get(0);
    root.set("pre_tokenizer", cl100k.get("pre_tokenizer"));
    int[] isolated = load().encode("(low 12345");
    split.put("behavior", "Removed");
    split.put("invert", true);
    assertThat(load().encode("(low 12345")).isEqualTo(isolated);
    refuses(r -> split.put("invert", false), "pre_tokenizer: expected ByteLevel with");
  }

  @Test
  void findsTheSpecialTokensOfAFile() {
    // A second one that goes on where the first ends.
    ObjectNode longer = ((ObjectNode) root.path("added_tokens").get(0)).deepCopy();
    ((ArrayNode) root.path("added_tokens"))
        .add(longer.put("content", "<|endoftext|>x").put("id", 262));
    Tokenizer read = load();
    assertThat(read.specialTokens())
        .containsEntry(261, "<|endoftext|>")
        .containsEntry(262, "<|endoftext|>x");
    TokenBuffer out = new TokenBuffer();
    byte[] text = "low<|endoftext|><|endoftext|>xlow".getBytes(StandardCharsets.UTF_8);
    read.encode(text, 0, text.length, SpecialTokens.ALLOW, out);
    int low = model().path("vocab").path("low").asInt();
    assertThat(out.toArray()).containsExactly(low, 261, 262, low);
  }

  @Test
  void refusesCharactersThatAreNotSingle() {
    root =
        (ObjectNode) JsonText.read(CharacterTokenizer.train(new CodePoints().add("ab")).toJson());
    refuses(r -> vocabulary().put("ab", 2), "model.vocab: expected single characters");
    refuses(r -> vocabulary().put("c", 1), "model.vocab: expected the ids 0 to 2 once each");
    refuses(
        r -> r.putObject("pre_tokenizer").put("type", "Whitespace"),
        "pre_tokenizer: a WordLevel model is read only if");
  }

  @Test
  void refusesTextThatIsNoJsonObject() {
    assertThatThrownBy(() -> Tokenizers.fromJson("[]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected a JSON object");
    assertThatThrownBy(() -> Tokenizers.fromJson("")).isInstanceOf(IllegalArgumentException.class);
  }

  private void refuses(Consumer<ObjectNode> change, String message) {
    ObjectNode good = root.deepCopy();
    change.accept(root);
    assertThatThrownBy(this::load)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
    root = good;
  }

  private ObjectNode model() {
    return (ObjectNode) root.path("model");
  }

  private ObjectNode vocabulary() {
    return (ObjectNode) model().path("vocab");
  }

  private ArrayNode merges() {
    return (ArrayNode) model().path("merges");
  }

  private Tokenizer load() {
    return Tokenizers.fromJson(root.toString());
  }

  private static Tokenizer encoding(String name) {
    return Tokenizers.named(name).orElseThrow();
  }
}
