package org.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.kindling.checkpoint.HuggingFaceConfig.Attention;
import org.kindling.checkpoint.HuggingFaceConfig.MlpKind;
import org.kindling.checkpoint.HuggingFaceConfig.ModelType;

/**
 * Writes {@code config.json} in keys that versions 4 and 5 of HuggingFace transformers read, sorted
 * by name as theirs are. Every key that decides what is computed is there, whatever its default.
 */
final class HuggingFaceConfigWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HuggingFaceConfig config;
  private final Map<String, Object> keys = new TreeMap<>();

  private HuggingFaceConfigWriter(HuggingFaceConfig config) {
    this.config = config;
  }

  static String write(HuggingFaceConfig config, Dtype dtype) {
    List<String> obstacles = config.obstacles();
    if (!obstacles.isEmpty()) {
      throw new IllegalArgumentException(
          "config.json, model_type: "
              + config.modelType().className()
              + " is not this model, which "
              + String.join(", ", obstacles)
              + "; choose another architecture");
    }
    HuggingFaceConfigWriter writer = new HuggingFaceConfigWriter(config);
    writer.addShared(dtype);
    if (config.modelType() == ModelType.GPT2) {
      writer.addGpt2();
    } else {
      writer.addLlama();
    }
    return writer.text();
  }

  private void addShared(Dtype dtype) {
    keys.put("architectures", List.of(config.modelType().className()));
    keys.put("model_type", config.modelType().label());
    keys.put("torch_dtype", dtype.torchName());
    keys.put("vocab_size", config.vocabulary());
    keys.put("tie_word_embeddings", config.tied());
    keys.put("initializer_range", 0.02);
    keys.put("use_cache", true);
    // Without them Llama's would be 1 and 2, and GPT-2's 50256.
    keys.put("bos_token_id", config.bos().isPresent() ? config.bos().getAsInt() : null);
    keys.put(
        "eos_token_id",
        switch (config.eos().size()) {
          case 0 -> null;
          case 1 -> config.eos().get(0);
          default -> config.eos();
        });
  }

  private void addGpt2() {
    boolean usualHidden = config.mlp().hidden() == 4 * config.width();
    keys.put("n_positions", config.context());
    keys.put("n_embd", config.width());
    keys.put("n_layer", config.layers());
    keys.put("n_head", config.attention().heads());
    keys.put("n_inner", usualHidden ? null : config.mlp().hidden());
    keys.put("activation_function", config.mlp().kind() == MlpKind.RELU2 ? "relu2" : "gelu_new");
    keys.put("layer_norm_epsilon", config.norm().epsilon());
    keys.put("scale_attn_weights", true);
    keys.put("scale_attn_by_inverse_layer_idx", false);
    keys.put("reorder_and_upcast_attn", false);
    // Otherwise 0.1 each as soon as someone trains the model further.
    keys.put("resid_pdrop", 0.0);
    keys.put("embd_pdrop", 0.0);
    keys.put("attn_pdrop", 0.0);
  }

  private void addLlama() {
    Attention attention = config.attention();
    boolean geglu = config.mlp().kind() == MlpKind.GEGLU;
    keys.put("hidden_size", config.width());
    keys.put("intermediate_size", config.mlp().hidden());
    keys.put("num_hidden_layers", config.layers());
    keys.put("num_attention_heads", attention.heads());
    keys.put("num_key_value_heads", attention.kvHeads());
    keys.put("head_dim", attention.headDim());
    keys.put("hidden_act", geglu ? "gelu_pytorch_tanh" : "silu");
    keys.put("max_position_embeddings", config.context());
    keys.put("rms_norm_eps", config.norm().epsilon());
    keys.put("rope_theta", attention.rotaryTheta());
    keys.put("rope_scaling", null);
    keys.put("attention_bias", attention.bias());
    keys.put("attention_dropout", 0.0);
    if (config.modelType() == ModelType.QWEN3) {
      boolean window = attention.slidingWindow() > 0;
      keys.put("use_sliding_window", window);
      keys.put("sliding_window", window ? attention.slidingWindow() : null);
      // The first layer that has the window.
      keys.put("max_window_layers", window ? 0 : config.layers());
    } else {
      keys.put("mlp_bias", config.mlp().bias());
      keys.put("pretraining_tp", 1);
    }
  }

  private String text() {
    try {
      ObjectNode json = JSON.valueToTree(keys);
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("config.json could not be written", e);
    }
  }
}
