package org.kindling.checkpoint;

import java.util.ArrayList;
import java.util.List;
import org.kindling.checkpoint.HuggingFaceConfig.ModelType;
import org.kindling.checkpoint.HuggingFaceTensors.Expected;

/** Names and shapes of the tensors of transformers' classes, from what {@code config.json} says. */
final class PublishedNames {
  private final HuggingFaceConfig config;
  private final List<Expected> tensors = new ArrayList<>();

  private PublishedNames(HuggingFaceConfig config) {
    this.config = config;
  }

  static List<Expected> of(HuggingFaceConfig config) {
    PublishedNames names = new PublishedNames(config);
    if (config.modelType() == ModelType.GPT2) {
      names.addGpt2();
    } else {
      names.addLlama();
    }
    if (!config.tied()) {
      names.add("lm_head.weight", config.vocabulary(), config.width());
    }
    return names.tensors;
  }

  private void add(String name, Integer... shape) {
    tensors.add(new Expected(name, List.of(shape)));
  }

  private void addGpt2() {
    int width = config.width();
    int hidden = config.mlp().hidden();
    add("transformer.wte.weight", config.vocabulary(), width);
    add("transformer.wpe.weight", config.context(), width);
    for (int i = 0; i < config.layers(); i++) {
      String block = "transformer.h." + i + ".";
      addNorm(block + "ln_1");
      add(block + "attn.c_attn.weight", width, 3 * width);
      add(block + "attn.c_attn.bias", 3 * width);
      add(block + "attn.c_proj.weight", width, width);
      add(block + "attn.c_proj.bias", width);
      addNorm(block + "ln_2");
      add(block + "mlp.c_fc.weight", width, hidden);
      add(block + "mlp.c_fc.bias", hidden);
      add(block + "mlp.c_proj.weight", hidden, width);
      add(block + "mlp.c_proj.bias", width);
    }
    addNorm("transformer.ln_f");
  }

  private void addNorm(String name) {
    add(name + ".weight", config.width());
    add(name + ".bias", config.width());
  }

  private void addLlama() {
    HuggingFaceConfig.Attention attention = config.attention();
    HuggingFaceConfig.Mlp mlp = config.mlp();
    int width = config.width();
    int queries = attention.heads() * attention.headDim();
    int keys = attention.kvHeads() * attention.headDim();
    add("model.embed_tokens.weight", config.vocabulary(), width);
    for (int i = 0; i < config.layers(); i++) {
      String layer = "model.layers." + i + ".";
      add(layer + "input_layernorm.weight", width);
      addLinear(layer + "self_attn.q_proj", queries, width, attention.bias());
      addLinear(layer + "self_attn.k_proj", keys, width, attention.bias());
      addLinear(layer + "self_attn.v_proj", keys, width, attention.bias());
      addLinear(layer + "self_attn.o_proj", width, queries, attention.bias());
      if (attention.qkNorm()) {
        add(layer + "self_attn.q_norm.weight", attention.headDim());
        add(layer + "self_attn.k_norm.weight", attention.headDim());
      }
      add(layer + "post_attention_layernorm.weight", width);
      addLinear(layer + "mlp.gate_proj", mlp.hidden(), width, mlp.bias());
      addLinear(layer + "mlp.up_proj", mlp.hidden(), width, mlp.bias());
      addLinear(layer + "mlp.down_proj", width, mlp.hidden(), mlp.bias());
    }
    add("model.norm.weight", width);
  }

  private void addLinear(String name, int outputs, int inputs, boolean bias) {
    add(name + ".weight", outputs, inputs);
    if (bias) {
      add(name + ".bias", outputs);
    }
  }
}
