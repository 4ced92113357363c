package org.kindling.gguf;

import java.util.List;

/**
 * The parameters of a model by HuggingFace's names and in its layouts: {@code
 * transformer.h.0.attn.c_attn.weight} [in, out] for GPT-2, {@code
 * model.layers.0.self_attn.q_proj.weight} [out, in] for Llama and Qwen3.
 */
@FunctionalInterface
public interface GgufWeights {
  /**
   * A tensor.
   *
   * @param shape row-major
   */
  record Tensor(List<Long> shape, ElementSource elements) {}

  /** The tensor of that name; null if there is none. */
  Tensor find(String name);
}
