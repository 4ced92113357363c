package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.kindling.checkpoint.HuggingFaceConfig.Attention;
import org.kindling.checkpoint.HuggingFaceConfig.Mlp;
import org.kindling.checkpoint.HuggingFaceConfig.MlpKind;
import org.kindling.checkpoint.HuggingFaceConfig.ModelType;
import org.kindling.checkpoint.HuggingFaceConfig.Norm;
import org.kindling.checkpoint.HuggingFaceConfig.NormKind;

/**
 * Reads {@code config.json} of HuggingFace transformers. Defaults and meanings are those of the
 * classes {@code GPT2Config}, {@code LlamaConfig} and {@code Qwen3Config}, versions 4 and 5.
 *
 * @see <a href="https://github.com/huggingface/transformers">transformers</a>
 */
final class HuggingFaceConfigReader {
  /** Names of the same function: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
  private static final Set<String> TANH_GELU =
      Set.of("gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate");

  private static final Set<String> SILU = Set.of("silu", "swish");

  /** GPT2Config accepts these names too. */
  private static final Map<String, String> GPT2_ALIASES =
      Map.of(
          "n_embd", "hidden_size",
          "n_positions", "max_position_embeddings",
          "n_head", "num_attention_heads",
          "n_layer", "num_hidden_layers");

  private final ConfigKeys keys;

  private HuggingFaceConfigReader(ConfigKeys keys) {
    this.keys = keys;
  }

  static HuggingFaceConfig read(JsonNode json, String source) {
    ConfigKeys keys = new ConfigKeys(json, source);
    HuggingFaceConfigReader reader = new HuggingFaceConfigReader(keys);
    ModelType type = reader.modelType();
    keys.harmless(HarmlessKeys.ALL);
    reader.refuseWhatNoModelHas();
    HuggingFaceConfig config = type == ModelType.GPT2 ? reader.gpt2() : reader.llama(type);
    keys.refuseUnknown();
    return config;
  }

  private ModelType modelType() {
    String label = keys.text("model_type", "");
    if (!ModelType.labels().contains(label)) {
      throw keys.refused(
          "model_type",
          label.isEmpty() ? "none" : "'" + label + "'",
          String.join(", ", ModelType.labels()) + "; Kindling reads no other architecture");
    }
    ModelType type = ModelType.valueOf(label.toUpperCase(java.util.Locale.ROOT));
    JsonNode classes = keys.get("architectures");
    // The models without head have the same tensors but for the head.
    String headless = type.className().replaceAll("(LMHeadModel|ForCausalLM)", "Model");
    for (JsonNode name : classes) {
      if (!name.asText().equals(type.className()) && !name.asText().equals(headless)) {
        throw keys.refused(
            "architectures", classes, type.className() + "; Kindling reads no other head");
      }
    }
    return type;
  }

  private void refuseWhatNoModelHas() {
    keys.requireNone("quantization_config", "load the model unquantized and save it again");
    keys.requireNone("compression_config", "load the model unquantized and save it again");
    keys.requireNone("per_layer_config", "Kindling's layers are all alike");
    keys.requireNone("pruned_heads", "Kindling's layers all have the same heads");
    keys.requireNone("auto_map", "Kindling does not run a model's own code");
    keys.requireFlag("add_cross_attention", false);
    keys.requireFlag("is_encoder_decoder", false);
    keys.requireFlag("is_causal", true);
  }

  private HuggingFaceConfig gpt2() {
    int width = gpt2Count("n_embd", 768);
    int heads = gpt2Count("n_head", 12);
    if (width % heads != 0) {
      throw keys.refused("n_head", "" + heads, "a divisor of n_embd " + width);
    }
    int context = gpt2Count("n_positions", 1024);
    if (keys.count("n_ctx", context) != context) {
      throw keys.refused("n_ctx", keys.get("n_ctx"), "n_positions, which is " + context);
    }
    keys.requireFlag("scale_attn_weights", true);
    keys.requireFlag("scale_attn_by_inverse_layer_idx", false);
    String activation = keys.text("activation_function", "gelu_new");
    MlpKind kind = activation.equals("relu2") ? MlpKind.RELU2 : MlpKind.GELU;
    if (kind == MlpKind.GELU && !TANH_GELU.contains(activation)) {
      throw keys.refused(
          "activation_function",
          "'" + activation + "'",
          "gelu_new, gelu_pytorch_tanh or relu2; Kindling's GELU is the one by tanh");
    }
    int vocabulary = keys.count("vocab_size", 50257);
    return new HuggingFaceConfig(
        ModelType.GPT2,
        vocabulary,
        context,
        gpt2Count("n_layer", 12),
        width,
        new Norm(NormKind.LAYER, keys.positive("layer_norm_epsilon", 1e-5)),
        new Attention(heads, heads, width / heads, true, false, 0, 0),
        new Mlp(kind, keys.count("n_inner", Math.multiplyExact(4, width)), true),
        keys.flag("tie_word_embeddings", true),
        bos(vocabulary, OptionalInt.of(50256)),
        eos(vocabulary, List.of(50256)));
  }

  private int gpt2Count(String key, int absent) {
    String alias = GPT2_ALIASES.get(key);
    int value = keys.count(key, keys.count(alias, absent));
    if (keys.count(alias, value) != value) {
      throw keys.refused(alias, keys.get(alias), key + ", which is " + value);
    }
    return value;
  }

  private HuggingFaceConfig llama(ModelType type) {
    boolean qwen3 = type == ModelType.QWEN3;
    int vocabulary = keys.count("vocab_size", qwen3 ? 151936 : 32000);
    int layers = keys.count("num_hidden_layers", 32);
    int width = keys.count("hidden_size", 4096);
    boolean mlpBias = keys.flag("mlp_bias", false);
    if (qwen3 && mlpBias) {
      throw keys.refused("mlp_bias", "true", "false; Qwen3ForCausalLM has no such biases");
    }
    return new HuggingFaceConfig(
        type,
        vocabulary,
        keys.count("max_position_embeddings", qwen3 ? 32768 : 2048),
        layers,
        width,
        new Norm(NormKind.RMS, keys.positive("rms_norm_eps", 1e-6)),
        attention(qwen3, width, layers),
        new Mlp(gatedKind(), keys.count("intermediate_size", qwen3 ? 22016 : 11008), mlpBias),
        keys.flag("tie_word_embeddings", false),
        bos(vocabulary, qwen3 ? OptionalInt.empty() : OptionalInt.of(1)),
        eos(vocabulary, qwen3 ? List.of() : List.of(2)));
  }

  private Attention attention(boolean qwen3, int width, int layers) {
    int heads = keys.count("num_attention_heads", 32);
    int kvHeads =
        keys.count("num_key_value_heads", qwen3 && absent("num_key_value_heads") ? 32 : heads);
    if (heads % kvHeads != 0) {
      throw keys.refused(
          "num_key_value_heads", "" + kvHeads, "a divisor of num_attention_heads " + heads);
    }
    if (!qwen3 && !keys.has("head_dim") && width % heads != 0) {
      throw keys.refused("num_attention_heads", "" + heads, "a divisor of hidden_size " + width);
    }
    int headDim = keys.count("head_dim", qwen3 ? 128 : width / heads);
    if (headDim % 2 != 0) {
      throw keys.refused("head_dim", "" + headDim, "an even number, for rotary positions");
    }
    WindowKeys window = new WindowKeys(keys, layers);
    return new Attention(
        heads,
        kvHeads,
        headDim,
        keys.flag("attention_bias", false),
        qwen3,
        new RotaryKeys(keys).theta(),
        qwen3 ? window.ofQwen3() : window.ofLlama());
  }

  private boolean absent(String key) {
    return !keys.has(key) && !keys.isNull(key);
  }

  private MlpKind gatedKind() {
    String activation = keys.text("hidden_act", "silu");
    if (SILU.contains(activation)) {
      return MlpKind.SWIGLU;
    }
    if (TANH_GELU.contains(activation)) {
      return MlpKind.GEGLU;
    }
    throw keys.refused(
        "hidden_act",
        "'" + activation + "'",
        "silu, gelu_new or gelu_pytorch_tanh; Kindling's GELU is the one by tanh");
  }

  private OptionalInt bos(int vocabulary, OptionalInt absent) {
    List<Integer> ids =
        ids(
            "bos_token_id",
            vocabulary,
            absent.isPresent() ? List.of(absent.getAsInt()) : List.of());
    return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.get(0));
  }

  private List<Integer> eos(int vocabulary, List<Integer> absent) {
    return ids("eos_token_id", vocabulary, absent);
  }

  private List<Integer> ids(String key, int vocabulary, List<Integer> absent) {
    JsonNode value = keys.get(key);
    if (value.isMissingNode()) {
      // A default of a class that stands for another vocabulary is no token of this one.
      boolean fits = absent.stream().allMatch(id -> id < vocabulary);
      return keys.isNull(key) || !fits ? List.of() : absent;
    }
    List<Integer> ids = new ArrayList<>();
    boolean list = value.isArray() && key.equals("eos_token_id");
    for (JsonNode id : list ? value : List.of(value)) {
      if (!id.isInt() || id.asInt() < 0 || id.asInt() >= vocabulary) {
        throw keys.refused(key, value, "an id below vocab_size " + vocabulary + ", or null");
      }
      ids.add(id.asInt());
    }
    return ids;
  }
}
