package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.checkpoint.HuggingFaceConfig.Attention;
import org.kindling.checkpoint.HuggingFaceConfig.Mlp;
import org.kindling.checkpoint.HuggingFaceConfig.MlpKind;
import org.kindling.checkpoint.HuggingFaceConfig.ModelType;
import org.kindling.checkpoint.HuggingFaceConfig.Norm;
import org.kindling.checkpoint.HuggingFaceConfig.NormKind;

/**
 * What is read of published files, and what is written; {@link HuggingFaceConfigRefusalTest} has
 * the rest.
 */
class HuggingFaceConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Norm RMS5 = new Norm(NormKind.RMS, 1e-5);
  private static final Norm RMS6 = new Norm(NormKind.RMS, 1e-6);

  static ObjectNode published(String name) {
    try (var in = HuggingFaceConfigTest.class.getResourceAsStream("/huggingface/" + name)) {
      return (ObjectNode) JSON.readTree(in);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static HuggingFaceConfig parse(JsonNode json) {
    return HuggingFaceConfig.parse(json, "config.json");
  }

  @Test
  void readsGpt2() {
    assertThat(parse(published("gpt2.json")))
        .isEqualTo(
            new HuggingFaceConfig(
                ModelType.GPT2,
                50257,
                1024,
                12,
                768,
                new Norm(NormKind.LAYER, 1e-5),
                new Attention(12, 12, 64, true, false, 0, 0),
                new Mlp(MlpKind.GELU, 3072, true),
                true,
                OptionalInt.of(50256),
                List.of(50256)));
  }

  @Test
  void readsLlama2() {
    assertThat(parse(published("llama-2-7b.json")))
        .isEqualTo(
            new HuggingFaceConfig(
                ModelType.LLAMA,
                32000,
                4096,
                32,
                4096,
                RMS5,
                new Attention(32, 32, 128, false, false, 10000, 0),
                new Mlp(MlpKind.SWIGLU, 11008, false),
                false,
                OptionalInt.of(1),
                List.of(2)));
  }

  @Test
  void readsLlama3() {
    HuggingFaceConfig config = parse(published("llama-3-8b.json"));
    assertThat(config.attention()).isEqualTo(new Attention(32, 8, 128, false, false, 500000, 0));
    assertThat(config.mlp()).isEqualTo(new Mlp(MlpKind.SWIGLU, 14336, false));
    assertThat(config.bos()).hasValue(128000);
    assertThat(config.eos()).containsExactly(128001);
  }

  @Test
  void readsQwen3() {
    assertThat(parse(published("qwen3-0.6b.json")))
        .isEqualTo(
            new HuggingFaceConfig(
                ModelType.QWEN3,
                151936,
                40960,
                28,
                1024,
                RMS6,
                new Attention(16, 8, 128, false, true, 1e6, 0),
                new Mlp(MlpKind.SWIGLU, 3072, false),
                true,
                OptionalInt.of(151643),
                List.of(151645)));
  }

  @Test
  void readsWhatVersion5Wrote() {
    assertThat(parse(published("written-by-5-gpt2.json")).mlp().hidden()).isEqualTo(64);
    HuggingFaceConfig llama = parse(published("written-by-5-llama.json"));
    assertThat(llama.attention()).isEqualTo(new Attention(4, 2, 4, true, false, 500000, 0));
    assertThat(llama.tied()).isTrue();
    HuggingFaceConfig qwen3 = parse(published("written-by-5-qwen3.json"));
    assertThat(qwen3.attention()).isEqualTo(new Attention(4, 2, 8, false, true, 10000, 4));
    assertThat(qwen3.eos()).containsExactly(5, 6);
    assertThat(qwen3.bos()).isEmpty();
  }

  @Test
  void absentKeysMeanWhatTransformersTakesThemFor() throws IOException {
    HuggingFaceConfig gpt2 = parse(JSON.readTree("{\"model_type\":\"gpt2\"}"));
    assertThat(gpt2).isEqualTo(parse(published("gpt2.json")));
    HuggingFaceConfig llama = parse(JSON.readTree("{\"model_type\":\"llama\"}"));
    assertThat(llama.context()).isEqualTo(2048);
    assertThat(llama.norm()).isEqualTo(RMS6);
    assertThat(llama.attention()).isEqualTo(new Attention(32, 32, 128, false, false, 10000, 0));
    HuggingFaceConfig qwen3 = parse(JSON.readTree("{\"model_type\":\"qwen3\"}"));
    assertThat(qwen3.context()).isEqualTo(32768);
    assertThat(qwen3.mlp().hidden()).isEqualTo(22016);
    assertThat(qwen3.attention()).isEqualTo(new Attention(32, 32, 128, false, true, 10000, 0));
    assertThat(qwen3.eos()).isEmpty();
  }

  @Test
  void headsOfQwen3HaveTheirOwnDefaultLength() {
    ObjectNode json = published("qwen3-0.6b.json");
    json.remove("head_dim");
    assertThat(parse(json).attention().headDim()).isEqualTo(128);
  }

  @Test
  void nullKeyValueHeadsAreAsManyAsHeads() {
    ObjectNode json = published("qwen3-0.6b.json").putNull("num_key_value_heads");
    assertThat(parse(json).attention().kvHeads()).isEqualTo(16);
  }

  @Test
  void honoursWhatTheRecordCanSay() {
    ObjectNode gpt2 = published("gpt2.json");
    gpt2.put("n_inner", 100).put("layer_norm_epsilon", 1e-6).put("activation_function", "relu2");
    gpt2.put("tie_word_embeddings", false);
    assertThat(parse(gpt2).mlp()).isEqualTo(new Mlp(MlpKind.RELU2, 100, true));
    assertThat(parse(gpt2).norm().epsilon()).isEqualTo(1e-6);
    assertThat(parse(gpt2).tied()).isFalse();
    ObjectNode llama = published("llama-3-8b.json");
    llama.put("head_dim", 64).put("mlp_bias", true).put("hidden_act", "gelu_pytorch_tanh");
    llama.put("attention_bias", true);
    assertThat(parse(llama).mlp()).isEqualTo(new Mlp(MlpKind.GEGLU, 14336, true));
    assertThat(parse(llama).attention().headDim()).isEqualTo(64);
    assertThat(parse(llama).attention().bias()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate"})
  void everyNameOfTheGeluByTanhIsRead(String name) {
    assertThat(parse(published("gpt2.json").put("activation_function", name)).mlp().kind())
        .isEqualTo(MlpKind.GELU);
    assertThat(parse(published("llama-2-7b.json").put("hidden_act", name)).mlp().kind())
        .isEqualTo(MlpKind.GEGLU);
  }

  @Test
  void gpt2sOtherNamesForItsSizesAreRead() throws IOException {
    HuggingFaceConfig config =
        parse(
            JSON.readTree(
                "{\"model_type\":\"gpt2\",\"hidden_size\":8,\"num_hidden_layers\":2,"
                    + "\"num_attention_heads\":4,\"max_position_embeddings\":16,"
                    + "\"vocab_size\":5}"));
    assertThat(config.width()).isEqualTo(8);
    assertThat(config.layers()).isEqualTo(2);
    assertThat(config.attention().heads()).isEqualTo(4);
    assertThat(config.context()).isEqualTo(16);
    // Its default, 50256, is no token of this vocabulary.
    assertThat(config.eos()).isEmpty();
  }

  @Test
  void aWindowOfAllLayersIsHonouredAndOneOfNoLayerIsNone() {
    ObjectNode json = published("qwen3-0.6b.json");
    json.put("use_sliding_window", true).put("sliding_window", 512).put("max_window_layers", 0);
    assertThat(parse(json).attention().slidingWindow()).isEqualTo(512);
    json.put("max_window_layers", 28);
    assertThat(parse(json).attention().slidingWindow()).isZero();
    json.put("max_window_layers", 0).put("use_sliding_window", false);
    assertThat(parse(json).attention().slidingWindow()).isZero();
    json.put("use_sliding_window", true).putNull("sliding_window");
    assertThat(parse(json).attention().slidingWindow()).isZero();
  }

  @Test
  void rotaryPositionsThatAreNotScaledAreRead() {
    ObjectNode json = published("llama-3-8b.json");
    json.putObject("rope_scaling").put("rope_type", "default");
    assertThat(parse(json).attention().rotaryTheta()).isEqualTo(500000);
    json.putObject("rope_scaling").put("type", "default").put("rope_theta", 500000);
    json.put("partial_rotary_factor", 1.0);
    assertThat(parse(json).attention().rotaryTheta()).isEqualTo(500000);
  }

  @Test
  void whatChangesNothingIsPassedOver() {
    ObjectNode gpt2 = published("gpt2.json");
    gpt2.put("reorder_and_upcast_attn", true).put("attn_pdrop", 0.3).put("_private", 1);
    gpt2.putObject("pruned_heads");
    gpt2.putNull("whatever");
    assertThat(parse(gpt2)).isEqualTo(parse(published("gpt2.json")));
    ObjectNode llama = published("llama-2-7b.json");
    llama.put("pretraining_tp", 4).put("attention_dropout", 0.1).put("use_cache", false);
    assertThat(parse(llama)).isEqualTo(parse(published("llama-2-7b.json")));
  }

  @Test
  void modelsWithoutHeadAreRead() {
    ObjectNode json = published("llama-2-7b.json");
    json.putArray("architectures").add("LlamaModel");
    assertThat(parse(json).modelType()).isEqualTo(ModelType.LLAMA);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2.json",
        "llama-2-7b.json",
        "llama-3-8b.json",
        "qwen3-0.6b.json",
        "written-by-5-gpt2.json",
        "written-by-5-llama.json",
        "written-by-5-qwen3.json"
      })
  void whatIsWrittenReadsAsTheSame(String name) throws IOException {
    HuggingFaceConfig config = parse(published(name));
    assertThat(parse(JSON.readTree(config.toJson(Dtype.F32)))).isEqualTo(config);
  }

  @Test
  void writesEachKeyThatTransformersNeeds() throws IOException {
    HuggingFaceConfig qwen3 = parse(published("qwen3-0.6b.json"));
    ObjectNode expected = published("qwen3-0.6b.json");
    expected.remove("transformers_version");
    expected.put("rope_theta", 1000000.0);
    assertThat(JSON.readTree(qwen3.toJson(Dtype.BF16))).isEqualTo(expected);
    assertThat(qwen3.toJson(Dtype.BF16))
        .startsWith("{\n  \"architectures\" : [ \"Qwen3ForCausalLM\" ],\n  \"attention_bias\"")
        .endsWith("}\n");
  }

  @Test
  void writesAWindowAndIdsThatAreMany() throws IOException {
    JsonNode json = JSON.readTree(parse(published("written-by-5-qwen3.json")).toJson(Dtype.F16));
    assertThat(json.get("use_sliding_window").asBoolean()).isTrue();
    assertThat(json.get("sliding_window").asInt()).isEqualTo(4);
    assertThat(json.get("max_window_layers").asInt()).isZero();
    assertThat(json.get("eos_token_id")).hasSize(2);
    assertThat(json.get("bos_token_id").isNull()).isTrue();
    assertThat(json.get("torch_dtype").asText()).isEqualTo("float16");
  }

  @Test
  void refusesToWriteWhatTheArchitectureIsNot() {
    HuggingFaceConfig llama = parse(published("llama-2-7b.json"));
    Attention windowed = new Attention(32, 32, 128, false, true, 10000, 64);
    HuggingFaceConfig other =
        new HuggingFaceConfig(
            ModelType.LLAMA,
            10,
            16,
            1,
            100,
            new Norm(NormKind.LAYER, 1e-5),
            windowed,
            new Mlp(MlpKind.RELU2, 64, false),
            false,
            OptionalInt.empty(),
            List.of());
    assertThat(llama.obstacles()).isEmpty();
    assertThat(other.obstacles())
        .containsExactly(
            "has layer norm",
            "has an MLP without gate",
            "has QK-norm",
            "has a sliding window",
            "has a width that is no multiple of its heads");
    assertThatThrownBy(() -> other.toJson(Dtype.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("LlamaForCausalLM is not this model, which has layer norm, has an");
  }

  @Test
  void aLlamaIsNoGpt2() {
    HuggingFaceConfig llama = parse(published("llama-3-8b.json"));
    HuggingFaceConfig named =
        new HuggingFaceConfig(
            ModelType.GPT2,
            llama.vocabulary(),
            llama.context(),
            llama.layers(),
            llama.width() - 1,
            llama.norm(),
            new Attention(32, 8, 128, false, true, 10000, 3),
            llama.mlp(),
            true,
            llama.bos(),
            llama.eos());
    assertThat(named.obstacles()).hasSize(8);
  }
}
