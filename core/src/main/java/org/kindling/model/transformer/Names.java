package org.kindling.model.transformer;

import java.util.List;
import org.kindling.kernels.Linear;
import org.kindling.model.Architecture;
import org.kindling.model.ModelSettings;

/**
 * What the tensors of an architecture are called, and how its matrices lie, as in HuggingFace's
 * checkpoints.
 *
 * @param layout of all matrices but the embeddings
 * @param block prefix of a block's modules, before its number
 * @param attention query, key and value: one module for all three, or one for each
 * @param up of an MLP: one module, or gate and up
 */
record Names(
    Linear.Layout layout,
    String tokens,
    String positions,
    String finalNorm,
    String lmHead,
    String block,
    String attentionNorm,
    List<String> attention,
    String queryNorm,
    String keyNorm,
    String attentionOutput,
    String mlpNorm,
    List<String> up,
    String down) {
  private static final Names GPT2 =
      new Names(
          Linear.Layout.INPUTS_FIRST,
          "transformer.wte",
          "transformer.wpe",
          "transformer.ln_f",
          "lm_head",
          "transformer.h.",
          "ln_1",
          List.of("attn.c_attn"),
          "attn.q_norm",
          "attn.k_norm",
          "attn.c_proj",
          "ln_2",
          List.of("mlp.c_fc"),
          "mlp.c_proj");

  /**
   * Of {@code LlamaForCausalLM}, and of Qwen3 and all that is built like them. The position
   * embedding, which they lack, is called as in OPT.
   */
  private static final Names LLAMA =
      new Names(
          Linear.Layout.OUTPUTS_FIRST,
          "model.embed_tokens",
          "model.embed_positions",
          "model.norm",
          "lm_head",
          "model.layers.",
          "input_layernorm",
          List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
          "self_attn.q_norm",
          "self_attn.k_norm",
          "self_attn.o_proj",
          "post_attention_layernorm",
          List.of("mlp.gate_proj", "mlp.up_proj"),
          "mlp.down_proj");

  static Names of(ModelSettings settings) {
    return Architecture.named(settings.architecture()) == Architecture.GPT2 ? GPT2 : LLAMA;
  }

  String inBlock(int layer, String module) {
    return block + layer + "." + module;
  }

  List<String> inBlock(int layer, List<String> modules) {
    return modules.stream().map(module -> inBlock(layer, module)).toList();
  }

  /** The modules of an MLP's first projection. */
  List<String> up(boolean gated) {
    return gated ? up : up.subList(up.size() - 1, up.size());
  }

  static String weight(String module) {
    return module + ".weight";
  }

  static String bias(String module) {
    return module + ".bias";
  }
}
