package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.HuggingFaceTensors.Expected;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

class HuggingFaceTensorsTest {
  private static final List<Expected> GPT2 =
      List.of(
          new Expected("transformer.wte.weight", List.of(3)),
          new Expected("transformer.h.0.attn.c_attn.bias", List.of(2)));
  private static final List<Expected> LLAMA =
      List.of(
          new Expected("model.embed_tokens.weight", List.of(3)),
          new Expected("model.norm.weight", List.of(2)),
          new Expected("lm_head.weight", List.of(3)));
  private static final List<Expected> TIED_LLAMA = LLAMA.subList(0, 2);

  @TempDir Path directory;
  private final Map<String, float[]> stored = new LinkedHashMap<>();

  @BeforeEach
  void startWithALlama() {
    stored.put("model.norm.weight", new float[] {4, 5});
    stored.put("model.embed_tokens.weight", new float[] {1, 2, 3});
    stored.put("lm_head.weight", new float[] {7, 8, 9});
  }

  @Test
  void yieldsTensorsByKindlingsNames() throws IOException {
    try (HuggingFaceTensors model = open(LLAMA)) {
      assertThat(model.sources().keySet())
          .containsExactly("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight");
      float[] value = new float[1];
      model.read("lm_head.weight", 2, value, 1);
      assertThat(value).containsExactly(9);
    }
    assertThat(read(LLAMA).get("model.norm.weight")).containsExactly(4, 5);
  }

  @Test
  void findsNamesWithoutPrefix() throws IOException {
    stored.clear();
    stored.put("wte.weight", new float[] {1, 2, 3});
    stored.put("h.0.attn.c_attn.bias", new float[] {4, 5});
    Map<String, float[]> found = read(GPT2);
    assertThat(found.get("transformer.wte.weight")).containsExactly(1, 2, 3);
    assertThat(found.get("transformer.h.0.attn.c_attn.bias")).containsExactly(4, 5);
  }

  @Test
  void refusesATensorWithAndWithoutPrefix() {
    stored.put("norm.weight", new float[] {4, 5});
    assertRefused(LLAMA, "has both tensors model.norm.weight and norm.weight; remove one");
  }

  @Test
  void passesOverBuffersOfAnyType() throws IOException {
    String header =
        "{'wte.weight':{'dtype':'F32','shape':[3],'data_offsets':[0,12]},"
            + "'h.0.attn.bias':{'dtype':'BOOL','shape':[1,1,2,2],'data_offsets':[12,16]},"
            + "'h.0.attn.masked_bias':{'dtype':'F64','shape':[],'data_offsets':[16,24]},"
            + "'transformer.h.0.attn.c_attn.bias':"
            + "{'dtype':'F32','shape':[2],'data_offsets':[24,32]}}";
    Path file = directory.resolve("model.safetensors");
    SafetensorsFixture.raw(file, header.replace('\'', '"'), new byte[32]);
    try (HuggingFaceTensors model = openStored(GPT2)) {
      assertThat(model.sources()).hasSize(2);
    }
  }

  @Test
  void passesOverRotaryFrequencies() throws IOException {
    stored.put("model.layers.11.self_attn.rotary_emb.inv_freq", new float[] {1});
    stored.put("model.rotary_emb.inv_freq", new float[] {1});
    stored.put("rotary_emb.inv_freq", new float[] {1});
    assertThat(read(LLAMA)).hasSize(3);
  }

  @Test
  void refusesEveryUnknownTensorByName() {
    stored.put("model.layers.0.self_attn.q_proj.bias", new float[1]);
    stored.put("score.weight", new float[1]);
    assertRefused(
        LLAMA,
        "unknown tensor model.layers.0.self_attn.q_proj.bias, score.weight; config.json describes"
            + " another model");
  }

  @Test
  void namesEveryMissingTensor() {
    stored.remove("model.norm.weight");
    stored.remove("lm_head.weight");
    assertRefused(
        LLAMA,
        "has no tensor model.norm.weight, lm_head.weight; config.json describes another model");
  }

  @Test
  void refusesAnotherShape() {
    stored.put("model.norm.weight", new float[3]);
    assertRefused(
        LLAMA,
        "tensor model.norm.weight: expected shape [2], found [3]; config.json describes another");
  }

  @Test
  void refusesATypeThatIsNotRead() throws IOException {
    String header =
        "{'wte.weight':{'dtype':'I8','shape':[3],'data_offsets':[0,3]},"
            + "'h.0.attn.c_attn.bias':{'dtype':'F32','shape':[2],'data_offsets':[3,11]}}";
    Path file = directory.resolve("model.safetensors");
    SafetensorsFixture.raw(file, header.replace('\'', '"'), new byte[11]);
    assertThatThrownBy(() -> openStored(GPT2))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("tensor wte.weight has dtype I8, expected F32, BF16 or F16");
  }

  @Test
  void acceptsAStoredHeadThatEqualsTheEmbeddingItIsTiedTo() throws IOException {
    float[] embedding = new float[2 * SafetensorsFile.CHUNK_FLOATS + 3];
    embedding[embedding.length - 1] = 1;
    List<Expected> expected =
        List.of(
            new Expected("model.embed_tokens.weight", List.of(embedding.length)),
            new Expected("model.norm.weight", List.of(2)));
    stored.put("model.embed_tokens.weight", embedding);
    stored.put("lm_head.weight", embedding.clone());
    assertThat(read(expected)).hasSize(2);
    stored.get("lm_head.weight")[embedding.length - 1] = 2;
    assertRefused(
        expected,
        "tensor lm_head.weight differs from model.embed_tokens.weight at element 131074 (2.0,"
            + " expected 1.0); config.json ties the head to the embedding, set"
            + " tie_word_embeddings to false if it is not");
  }

  @Test
  void refusesAStoredHeadOfAnotherShapeThanTheEmbeddingItIsTiedTo() {
    stored.put("lm_head.weight", new float[4]);
    assertRefused(TIED_LLAMA, "tensor lm_head.weight of shape [4]; config.json ties the head");
  }

  @Test
  void takesTheEmbeddingFromTheHeadWhereOnlyThatIsStored() throws IOException {
    stored.remove("model.embed_tokens.weight");
    assertThat(read(TIED_LLAMA).get("model.embed_tokens.weight")).containsExactly(7, 8, 9);
    assertRefused(LLAMA, "has no tensor model.embed_tokens.weight");
  }

  private HuggingFaceTensors open(List<Expected> expected) throws IOException {
    SafetensorsFixture.tensors(directory.resolve("model.safetensors"), stored);
    return openStored(expected);
  }

  private HuggingFaceTensors openStored(List<Expected> expected) throws IOException {
    return HuggingFaceTensors.open(
        Storage.standard(), SafetensorsFixture.hadoop(directory), expected);
  }

  private Map<String, float[]> read(List<Expected> expected) throws IOException {
    Map<String, float[]> found = new LinkedHashMap<>();
    try (HuggingFaceTensors model = open(expected)) {
      model.read(SafetensorsFixture.collect(found));
    }
    return found;
  }

  private void assertRefused(List<Expected> expected, String message) {
    assertThatThrownBy(() -> open(expected))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(message);
  }
}
