package org.kindling.gguf;

import java.util.ArrayList;
import java.util.List;

/**
 * Which tensors llama.cpp expects, under which names, and which of HuggingFace's each is made of.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/tree/master/conversion">llama.cpp's own
 *     conversion of HuggingFace models</a>
 */
final class GgufTensors {
  private final GgufShape shape;
  private final GgufWeights weights;
  private final GgufType type;
  private final List<GgufTensor> tensors = new ArrayList<>();

  private GgufTensors(GgufShape shape, GgufWeights weights, GgufType type) {
    this.shape = shape;
    this.weights = weights;
    this.type = type;
  }

  /**
   * All tensors in the order of the file.
   *
   * @param type of matrices; vectors and the position table are float32 always, since llama.cpp
   *     adds them to float32
   * @throws IllegalArgumentException if a tensor is missing or has another shape
   */
  static List<GgufTensor> of(GgufShape shape, GgufWeights weights, GgufType type) {
    GgufTensors all = new GgufTensors(shape, weights, type);
    if (shape.kind() == GgufShape.Kind.GPT2) {
      all.gpt2();
    } else {
      all.llama();
    }
    return all.tensors;
  }

  private void gpt2() {
    long width = shape.width();
    matrix("token_embd.weight", "transformer.wte.weight", shape.vocabulary(), width);
    add(
        "position_embd.weight",
        "transformer.wpe.weight",
        GgufType.F32,
        (long) shape.context(),
        width);
    for (int layer = 0; layer < shape.layers(); layer++) {
      String to = "blk." + layer + ".";
      String from = "transformer.h." + layer + ".";
      norm(to + "attn_norm", from + "ln_1");
      conv1d(to + "attn_qkv", from + "attn.c_attn", width, 3 * width);
      conv1d(to + "attn_output", from + "attn.c_proj", width, width);
      norm(to + "ffn_norm", from + "ln_2");
      conv1d(to + "ffn_up", from + "mlp.c_fc", width, shape.hidden());
      conv1d(to + "ffn_down", from + "mlp.c_proj", shape.hidden(), width);
    }
    norm("output_norm", "transformer.ln_f");
    lmHead();
  }

  private void llama() {
    long width = shape.width();
    matrix("token_embd.weight", "model.embed_tokens.weight", shape.vocabulary(), width);
    for (int layer = 0; layer < shape.layers(); layer++) {
      String to = "blk." + layer + ".";
      String from = "model.layers." + layer + ".";
      vector(to + "attn_norm.weight", from + "input_layernorm.weight", width);
      attention(to, from + "self_attn.");
      vector(to + "ffn_norm.weight", from + "post_attention_layernorm.weight", width);
      mlp(to + "ffn_gate", from + "mlp.gate_proj", width, shape.hidden());
      mlp(to + "ffn_up", from + "mlp.up_proj", width, shape.hidden());
      mlp(to + "ffn_down", from + "mlp.down_proj", shape.hidden(), width);
    }
    vector("output_norm.weight", "model.norm.weight", width);
    lmHead();
  }

  private void attention(String to, String from) {
    long queries = (long) shape.heads() * shape.headDim();
    long keys = (long) shape.kvHeads() * shape.headDim();
    rotated(to + "attn_q", from + "q_proj", queries);
    rotated(to + "attn_k", from + "k_proj", keys);
    matrix(to + "attn_v.weight", from + "v_proj.weight", keys, shape.width());
    matrix(to + "attn_output.weight", from + "o_proj.weight", shape.width(), queries);
    if (shape.attentionBias()) {
      vector(to + "attn_v.bias", from + "v_proj.bias", keys);
      vector(to + "attn_output.bias", from + "o_proj.bias", shape.width());
    }
    if (shape.kind() == GgufShape.Kind.QWEN3) {
      vector(to + "attn_q_norm.weight", from + "q_norm.weight", shape.headDim());
      vector(to + "attn_k_norm.weight", from + "k_norm.weight", shape.headDim());
    }
  }

  /** Queries or keys. llama.cpp rotates Qwen3's as HuggingFace does. */
  private void rotated(String to, String from, long rows) {
    long width = shape.width();
    boolean asIs = shape.kind() == GgufShape.Kind.QWEN3;
    ElementSource matrix = source(from + ".weight", rows, width);
    put(
        to + ".weight",
        type,
        asIs ? matrix : GgufLayout.interleaved(matrix, shape.headDim(), width),
        List.of(rows, width));
    if (shape.attentionBias()) {
      ElementSource bias = source(from + ".bias", rows);
      put(
          to + ".bias",
          GgufType.F32,
          asIs ? bias : GgufLayout.interleaved(bias, shape.headDim(), 1),
          List.of(rows));
    }
  }

  private void mlp(String to, String from, long in, long out) {
    matrix(to + ".weight", from + ".weight", out, in);
    if (shape.mlpBias()) {
      vector(to + ".bias", from + ".bias", out);
    }
  }

  private void lmHead() {
    // Without one of its own, llama.cpp takes the token table for all three kinds.
    if (!shape.tied()) {
      matrix("output.weight", "lm_head.weight", shape.vocabulary(), shape.width());
    }
  }

  private void norm(String to, String from) {
    vector(to + ".weight", from + ".weight", shape.width());
    vector(to + ".bias", from + ".bias", shape.width());
  }

  private void conv1d(String to, String from, long in, long out) {
    ElementSource source = source(from + ".weight", in, out);
    put(to + ".weight", type, GgufLayout.transposed(source, in, out), List.of(out, in));
    vector(to + ".bias", from + ".bias", out);
  }

  private void matrix(String to, String from, long rows, long columns) {
    add(to, from, type, rows, columns);
  }

  private void vector(String to, String from, long length) {
    add(to, from, GgufType.F32, length);
  }

  private void add(String to, String from, GgufType as, Long... dimensions) {
    put(to, as, source(from, dimensions), List.of(dimensions));
  }

  private void put(String to, GgufType as, ElementSource source, List<Long> dimensions) {
    tensors.add(new GgufTensor(to, dimensions, as, source));
  }

  private ElementSource source(String name, Long... dimensions) {
    GgufWeights.Tensor found = weights.find(name);
    List<Long> expected = List.of(dimensions);
    if (found == null || !found.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + ": found "
              + (found == null ? "none" : "shape " + found.shape())
              + ", expected shape "
              + expected
              + " of a "
              + shape.kind().label()
              + " model");
    }
    return found.elements();
  }
}
