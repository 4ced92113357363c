package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/** Every key of a {@code config.json} whose value Kindling does not compute is refused by name. */
class HuggingFaceConfigRefusalTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GPT2 = "gpt2.json";
  private static final String LLAMA = "llama-3-8b.json";
  private static final String QWEN3 = "qwen3-0.6b.json";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // What no model has
        "model_type | 'mistral' | found 'mistral', expected gpt2, llama, qwen3; Kindling reads no",
        "model_type | null | found none, expected gpt2, llama, qwen3",
        "quantization_config | {'bits':4} | found {\"bits\":4}, expected none; load the model unq",
        "compression_config | {'bits':4} | found {\"bits\":4}, expected none; load the model unq",
        "per_layer_config | {'0':{'a':1}} | expected none; Kindling's layers are all alike",
        "auto_map | {'AutoModel':'m.M'} | expected none; Kindling does not run a model's own code",
        "is_encoder_decoder | true | found true, expected false",
        "is_causal | false | found false, expected true",
        "add_cross_attention | true | found true, expected false",
        "tie_word_embeddings | null | found null, expected a value, or no such key",
        "vocab_size | null | found null, expected a value, or no such key",
        "tie_word_embeddings | 'yes' | found \"yes\", expected true or false",
        "vocab_size | 0 | found 0, expected a whole number of at least 1",
        "vocab_size | 1.5 | found 1.5, expected a whole number of at least 1",
        "vocab_size | 9999999999 | found 9999999999, expected a whole number of at least 1",
        "attention_multiplier | 0.5 | found 0.5, expected no such key; Kindling does not know",
        "attention_chunk_size | 512 | found 512, expected no such key"
      })
  void ofEveryArchitecture(String key, String value, String message) throws IOException {
    for (String file : new String[] {GPT2, LLAMA, QWEN3}) {
      assertRefused(file, key, value, message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "scale_attn_weights | false | found false, expected true; Kindling computes no other",
        "scale_attn_by_inverse_layer_idx | true | found true, expected false",
        "activation_function | 'gelu' | found 'gelu', expected gelu_new, gelu_pytorch_tanh or relu",
        "activation_function | 'relu' | found 'relu', expected gelu_new",
        "activation_function | 7 | found 7, expected a text",
        "pruned_heads | {'0':[1]} | expected none; Kindling's layers all have the same heads",
        "n_head | 7 | found 7, expected a divisor of n_embd 768",
        "n_ctx | 512 | found 512, expected n_positions, which is 1024",
        "hidden_size | 512 | found 512, expected n_embd, which is 768",
        "num_hidden_layers | 6 | found 6, expected n_layer, which is 12",
        "num_attention_heads | 6 | found 6, expected n_head, which is 12",
        "max_position_embeddings | 6 | found 6, expected n_positions, which is 1024",
        "n_inner | -1 | found -1, expected a whole number of at least 1",
        "layer_norm_epsilon | 0 | found 0, expected a number above 0",
        "bos_token_id | 50257 | found 50257, expected an id below vocab_size 50257, or null",
        "eos_token_id | -1 | found -1, expected an id below vocab_size 50257, or null",
        "rope_theta | 10000 | found 10000, expected no such key",
        "sliding_window | 64 | found 64, expected no such key",
        "architectures | ['GPT2DoubleHeadsModel'] | expected GPT2LMHeadModel; Kindling reads no"
      })
  void ofGpt2(String key, String value, String message) throws IOException {
    assertRefused(GPT2, key, value, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "hidden_act | 'gelu' | found 'gelu', expected silu, gelu_new or gelu_pytorch_tanh",
        "hidden_act | 'relu' | found 'relu', expected silu",
        "num_key_value_heads | 5 | found 5, expected a divisor of num_attention_heads 32",
        "num_attention_heads | 24 | found 24, expected a divisor of hidden_size 4096",
        "head_dim | 63 | found 63, expected an even number, for rotary positions",
        "sliding_window | 4096 | found 4096, expected none; LlamaForCausalLM has no sliding window",
        "layer_types | ['full_attention'] | expected 32 times full_attention; Kindling's layers",
        "partial_rotary_factor | 0.5 | found 0.5, expected 1; Kindling rotates whole heads",
        "rope_theta | -1 | found -1, expected a number above 0",
        "rope_scaling | 'linear' | found \"linear\", expected an object or null",
        "eos_token_id | [2,128256] | expected an id below vocab_size 128256, or null",
        "bos_token_id | [1] | found [1], expected an id below vocab_size 128256, or null",
        "rms_norm_eps | 'small' | found \"small\", expected a number above 0",
        "architectures | ['LlamaForSequenceClassification'] | expected LlamaForCausalLM; Kindling",
        "attention_bias | 1 | found 1, expected true or false",
        "scale_attn_weights | true | found true, expected no such key"
      })
  void ofLlama(String key, String value, String message) throws IOException {
    assertRefused(LLAMA, key, value, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mlp_bias | true | found true, expected false; Qwen3ForCausalLM has no such biases",
        "hidden_act | 'gelu' | found 'gelu', expected silu",
        "layer_types | ['full_attention','sliding_attention'] | expected 28 times full_attention",
        "max_window_layers | 'all' | found \"all\", expected a whole number",
        "sliding_window | 0 | found 0, expected a whole number of at least 1",
        "architectures | ['Qwen3ForTokenClassification'] | expected Qwen3ForCausalLM; Kindling"
      })
  void ofQwen3(String key, String value, String message) throws IOException {
    assertRefused(QWEN3, key, value, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear", "dynamic", "yarn", "longrope", "llama3", "ntk"})
  void everyScalingOfRotaryPositions(String type) {
    for (String key : new String[] {"rope_scaling", "rope_parameters"}) {
      for (String name : new String[] {"rope_type", "type"}) {
        ObjectNode json = HuggingFaceConfigTest.published(LLAMA);
        json.putObject(key).put(name, type);
        assertRefused(
            json, key + "." + name + ": found \"" + type + "\", expected default; Kindling's");
      }
    }
  }

  @Test
  void theScalingOfLlama32() {
    assertRefused(
        HuggingFaceConfigTest.published("llama-3.2-1b.json"),
        "rope_scaling.rope_type: found \"llama3\", expected default");
  }

  @Test
  void factorsWithinTheRotaryKeys() {
    ObjectNode json = HuggingFaceConfigTest.published(LLAMA);
    json.putObject("rope_parameters").put("partial_rotary_factor", 0.25);
    assertRefused(json, "rope_parameters.partial_rotary_factor: found 0.25, expected 1");
    json.putObject("rope_parameters").put("rope_theta", "large");
    assertRefused(json, "rope_parameters.rope_theta: found \"large\", expected a number above 0");
    json.putObject("rope_parameters").put("mscale", 1);
    assertRefused(json, "rope_parameters.mscale: found 1, expected no such key");
  }

  @Test
  void twoThetasOfWhichOneWouldBeIgnored() {
    ObjectNode json = HuggingFaceConfigTest.published(LLAMA);
    json.putObject("rope_parameters").put("rope_theta", 10000.0);
    assertRefused(
        json, "rope_parameters.rope_theta: found 10000.0, expected rope_theta, which is 500000.0");
  }

  @Test
  void windowsOfSomeLayersOnly() {
    ObjectNode json = HuggingFaceConfigTest.published(QWEN3);
    json.put("use_sliding_window", true).put("sliding_window", 64).put("max_window_layers", 14);
    assertRefused(json, "max_window_layers: found 14, expected 0 or num_hidden_layers 28");
  }

  @Test
  void layersWithAWindowThatNoKeySays() {
    ObjectNode json = HuggingFaceConfigTest.published("written-by-5-qwen3.json");
    json.put("use_sliding_window", false);
    assertRefused(json, "use_sliding_window: found false, expected true and a sliding_window");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model_type\" \"gpt2\"} | byte 14: cannot be read as JSON (Unexpected character",
        "{\"a\":1,\"a\":2} | cannot be read as JSON (Duplicate field 'a'); restore the file"
      })
  void aFileThatIsNoJson(String text, String message, @TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("config.json"), text);
    assertThatThrownBy(
            () -> HuggingFaceConfig.read(Storage.standard(), SafetensorsFixture.hadoop(directory)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("config.json, byte ")
        .hasMessageContaining(message);
  }

  @Test
  void aDirectoryWithoutTheFile(@TempDir Path directory) {
    assertThatThrownBy(
            () -> HuggingFaceConfig.read(Storage.standard(), SafetensorsFixture.hadoop(directory)))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("config.json: no such file");
  }

  @Test
  void aFileThatIsNoObject() throws IOException {
    assertRefused(JSON.readTree("[1]"), "config.json: expected a JSON object, found ARRAY");
  }

  private void assertRefused(String file, String key, String value, String message)
      throws IOException {
    ObjectNode json = HuggingFaceConfigTest.published(file);
    json.set(key, JSON.readTree(value.replace('\'', '"')));
    assertRefused(json, "config.json, " + key + ": ");
    assertRefused(json, message);
  }

  private void assertRefused(JsonNode json, String message) {
    assertThatThrownBy(() -> HuggingFaceConfig.parse(json, "config.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
