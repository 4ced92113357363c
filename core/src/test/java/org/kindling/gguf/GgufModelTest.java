package org.kindling.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.gguf.GgufShape.Kind;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizers;

class GgufModelTest {
  private static final int VOCABULARY = 260;
  private static final int WIDTH = 8;
  private static final int HIDDEN = 12;
  private static final int CONTEXT = 16;

  @TempDir Path directory;
  private final Map<String, List<Long>> given = new HashMap<>();

  /** Element i of a tensor is i, which bfloat16 and float16 hold up to 256. */
  private GgufWeights.Tensor counting(String name) {
    List<Long> shape = given.get(name);
    return shape == null
        ? null
        : new GgufWeights.Tensor(
            shape,
            (from, target, length) -> {
              for (int i = 0; i < length; i++) {
                target[i] = from + i;
              }
            });
  }

  private static GgufShape gpt2() {
    return new GgufShape(
        Kind.GPT2, VOCABULARY, 1, 2, 2, 4, WIDTH, HIDDEN, CONTEXT, 1e-5, 0, true, true, true);
  }

  private static GgufShape rotary(Kind kind, boolean tied, boolean biases) {
    return new GgufShape(
        kind, VOCABULARY, 1, 4, 2, 4, WIDTH, HIDDEN, CONTEXT, 1e-6, 5e5, tied, biases, biases);
  }

  private void give(String name, long... shape) {
    given.put(name, java.util.Arrays.stream(shape).boxed().toList());
  }

  private void giveGpt2() {
    give("transformer.wte.weight", VOCABULARY, WIDTH);
    give("transformer.wpe.weight", CONTEXT, WIDTH);
    for (String norm : List.of("h.0.ln_1", "h.0.ln_2", "ln_f")) {
      give("transformer." + norm + ".weight", WIDTH);
      give("transformer." + norm + ".bias", WIDTH);
    }
    giveConv1d("attn.c_attn", WIDTH, 3 * WIDTH);
    giveConv1d("attn.c_proj", WIDTH, WIDTH);
    giveConv1d("mlp.c_fc", WIDTH, HIDDEN);
    giveConv1d("mlp.c_proj", HIDDEN, WIDTH);
  }

  private void giveConv1d(String name, long in, long out) {
    give("transformer.h.0." + name + ".weight", in, out);
    give("transformer.h.0." + name + ".bias", out);
  }

  private void giveLlama() {
    give("model.embed_tokens.weight", VOCABULARY, WIDTH);
    give("model.norm.weight", WIDTH);
    give("model.layers.0.input_layernorm.weight", WIDTH);
    give("model.layers.0.post_attention_layernorm.weight", WIDTH);
    giveLinear("self_attn.q_proj", WIDTH, 16);
    giveLinear("self_attn.k_proj", WIDTH, 8);
    giveLinear("self_attn.v_proj", WIDTH, 8);
    giveLinear("self_attn.o_proj", 16, WIDTH);
    giveLinear("mlp.gate_proj", WIDTH, HIDDEN);
    giveLinear("mlp.up_proj", WIDTH, HIDDEN);
    giveLinear("mlp.down_proj", HIDDEN, WIDTH);
  }

  private void giveLinear(String name, long in, long out) {
    give("model.layers.0." + name + ".weight", out, in);
    give("model.layers.0." + name + ".bias", out);
  }

  private GgufFile write(GgufShape shape, GgufType type) throws IOException {
    Path file = directory.resolve("model.gguf");
    GgufTokenizer tokenizer = GgufTokenizer.of(Tokenizers.named("byte").get(), VOCABULARY);
    new GgufModel("small", shape, tokenizer)
        .write(
            Storage.standard(), new org.apache.hadoop.fs.Path(file.toUri()), this::counting, type);
    return GgufFile.read(file);
  }

  @Test
  void writesGpt2WithItsMatricesTransposed() throws IOException {
    giveGpt2();
    GgufFile file = write(gpt2(), GgufType.F32);
    assertThat(file.tensors().keySet())
        .containsExactly(
            "token_embd.weight",
            "position_embd.weight",
            "blk.0.attn_norm.weight",
            "blk.0.attn_norm.bias",
            "blk.0.attn_qkv.weight",
            "blk.0.attn_qkv.bias",
            "blk.0.attn_output.weight",
            "blk.0.attn_output.bias",
            "blk.0.ffn_norm.weight",
            "blk.0.ffn_norm.bias",
            "blk.0.ffn_up.weight",
            "blk.0.ffn_up.bias",
            "blk.0.ffn_down.weight",
            "blk.0.ffn_down.bias",
            "output_norm.weight",
            "output_norm.bias");
    GgufFile.Tensor down = file.tensors().get("blk.0.ffn_down.weight");
    assertThat(down.dimensions()).containsExactly((long) HIDDEN, (long) WIDTH);
    assertThat(down.float32()).startsWith(0, 8, 16, 24).endsWith(87, 95);
    assertThat(file.tensors().get("token_embd.weight").dimensions())
        .containsExactly((long) WIDTH, (long) VOCABULARY);
    assertThat(file.metadata())
        .containsEntry("general.architecture", "gpt2")
        .containsEntry("general.name", "small")
        .containsEntry("general.file_type", 0L)
        .containsEntry("gpt2.context_length", 16L)
        .containsEntry("gpt2.feed_forward_length", 12L)
        .containsEntry("gpt2.attention.layer_norm_epsilon", 1e-5f)
        .doesNotContainKey("gpt2.rope.freq_base");
  }

  @Test
  void interleavesQueriesAndKeysOfLlamaAndTheirBiases() throws IOException {
    giveLlama();
    give("lm_head.weight", VOCABULARY, WIDTH);
    GgufFile file = write(rotary(Kind.LLAMA, false, true), GgufType.F32);
    assertThat(file.tensors()).containsKeys("output.weight", "blk.0.ffn_down.bias");
    assertThat(file.tensors().get("blk.0.attn_q.weight").float32())
        .startsWith(0, 1, 2, 3, 4, 5, 6, 7, 16);
    assertThat(file.tensors().get("blk.0.attn_k.bias").float32())
        .containsExactly(0, 2, 1, 3, 4, 6, 5, 7);
    assertThat(file.tensors().get("blk.0.attn_v.bias").float32())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    assertThat(file.metadata())
        .containsEntry("llama.attention.head_count", 4L)
        .containsEntry("llama.attention.head_count_kv", 2L)
        .containsEntry("llama.attention.key_length", 4L)
        .containsEntry("llama.rope.dimension_count", 4L)
        .containsEntry("llama.rope.freq_base", 5e5f)
        .containsEntry("llama.attention.layer_norm_rms_epsilon", 1e-6f);
  }

  @Test
  void keepsTheOrderOfQwen3AndWritesItsHeadNorms() throws IOException {
    giveLlama();
    give("model.layers.0.self_attn.q_norm.weight", 4);
    give("model.layers.0.self_attn.k_norm.weight", 4);
    GgufFile file = write(rotary(Kind.QWEN3, true, false), GgufType.F32);
    assertThat(file.tensors())
        .containsKeys("blk.0.attn_q_norm.weight", "blk.0.attn_k_norm.weight")
        .doesNotContainKeys("output.weight", "blk.0.attn_q.bias", "blk.0.attn_v.bias");
    assertThat(file.tensors().get("blk.0.attn_q.weight").float32())
        .startsWith(0, 1, 2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void roundsMatricesAloneTo16Bits() throws IOException {
    giveGpt2();
    GgufFile file = write(gpt2(), GgufType.BF16);
    assertThat(file.metadata()).containsEntry("general.file_type", 32L);
    file.tensors()
        .forEach(
            (name, tensor) -> {
              boolean matrix = tensor.dimensions().size() == 2 && !name.startsWith("position");
              assertThat(tensor.type()).as(name).isEqualTo(matrix ? 30 : 0);
            });
    assertThat(file.tensors().get("blk.0.ffn_up.weight").bits()[1]).isEqualTo(0x4140);
  }

  @Test
  void writesTheSameBytesAgain() throws IOException {
    giveGpt2();
    write(gpt2(), GgufType.F16);
    byte[] first = Files.readAllBytes(directory.resolve("model.gguf"));
    write(gpt2(), GgufType.F16);
    assertThat(Files.readAllBytes(directory.resolve("model.gguf"))).isEqualTo(first);
  }

  @Test
  void namesATensorThatIsMissing() {
    giveGpt2();
    given.remove("transformer.h.0.mlp.c_fc.bias");
    assertThatThrownBy(() -> write(gpt2(), GgufType.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tensor transformer.h.0.mlp.c_fc.bias: found none, expected shape [12] of a gpt2"
                + " model");
  }

  @Test
  void namesATensorOfAnotherShape() {
    giveLlama();
    give("model.layers.0.self_attn.o_proj.weight", 16, WIDTH);
    assertThatThrownBy(() -> write(rotary(Kind.LLAMA, true, false), GgufType.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tensor model.layers.0.self_attn.o_proj.weight: found shape [16, 8], expected shape"
                + " [8, 16] of a llama model");
  }

  @Test
  void refusesAnotherNumberOfTokensThanRows() {
    GgufTokenizer tokenizer = GgufTokenizer.of(Tokenizers.named("byte").get(), 257);
    assertThatThrownBy(() -> new GgufModel("small", gpt2(), tokenizer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 260 rows in the token table and 257 tokens");
  }
}
