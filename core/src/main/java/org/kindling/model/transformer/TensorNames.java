package org.kindling.model.transformer;

import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/** Names, shapes and order of GPT-2's tensors, as in HuggingFace's checkpoints. */
final class TensorNames {
  static final String TOKENS = "transformer.wte";
  static final String POSITIONS = "transformer.wpe";
  static final String FINAL_NORM = "transformer.ln_f";
  static final String UNEMBEDDING = "lm_head";

  static final String ATTENTION_NORM = "ln_1";
  static final String ATTENTION = "attn.c_attn";
  static final String ATTENTION_PROJECTION = "attn.c_proj";
  static final String MLP_NORM = "ln_2";
  static final String EXPANSION = "mlp.c_fc";
  static final String CONTRACTION = "mlp.c_proj";

  /** Width of the hidden layer of a block's perceptron, in widths. */
  static final int EXPANSION_FACTOR = 4;

  private TensorNames() {}

  static String inBlock(int layer, String module) {
    return "transformer.h." + layer + "." + module;
  }

  static String weight(String module) {
    return module + ".weight";
  }

  static String bias(String module) {
    return module + ".bias";
  }

  static ParameterLayout layout(ModelSettings settings, int vocabulary) {
    int width = settings.width();
    ParameterLayout.Builder builder = ParameterLayout.builder();
    builder.add(weight(TOKENS), vocabulary, width);
    body(builder, settings);
    if (!settings.tied()) {
      builder.add(weight(UNEMBEDDING), vocabulary, width);
    }
    return builder.build();
  }

  /** Everything but the embeddings of tokens. */
  static ParameterLayout bodyLayout(ModelSettings settings) {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    body(builder, settings);
    return builder.build();
  }

  private static void body(ParameterLayout.Builder builder, ModelSettings settings) {
    int width = settings.width();
    builder.add(weight(POSITIONS), settings.context(), width);
    for (int layer = 0; layer < settings.layers(); layer++) {
      norm(builder, inBlock(layer, ATTENTION_NORM), width);
      linear(builder, inBlock(layer, ATTENTION), width, 3 * width);
      linear(builder, inBlock(layer, ATTENTION_PROJECTION), width, width);
      norm(builder, inBlock(layer, MLP_NORM), width);
      linear(builder, inBlock(layer, EXPANSION), width, EXPANSION_FACTOR * width);
      linear(builder, inBlock(layer, CONTRACTION), EXPANSION_FACTOR * width, width);
    }
    norm(builder, FINAL_NORM, width);
  }

  private static void norm(ParameterLayout.Builder builder, String module, int width) {
    builder.add(weight(module), width);
    builder.add(bias(module), width);
  }

  private static void linear(
      ParameterLayout.Builder builder, String module, int inputs, int outputs) {
    builder.add(weight(module), inputs, outputs);
    builder.add(bias(module), outputs);
  }
}
