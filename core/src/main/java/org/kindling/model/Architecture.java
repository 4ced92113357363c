package org.kindling.model;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.kindling.kernels.Activation;
import org.kindling.kernels.Norm;

/**
 * Transformers that have a name: what each key of {@code model} is if it is not given, and how the
 * tensors are called. Any key may be given another value.
 */
public enum Architecture {
  /**
   * HuggingFace's {@code GPT2LMHeadModel}.
   *
   * @see <a href="https://cdn.openai.com/better-language-models/language_models.pdf">Radford et al.
   *     2019</a>
   */
  GPT2("gpt2", Positions.LEARNED, Norm.Kind.LAYER, 1e-5, Activation.GELU),

  /**
   * HuggingFace's {@code LlamaForCausalLM}.
   *
   * @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al. 2023</a>
   */
  LLAMA("llama", Positions.ROTARY, Norm.Kind.RMS, 1e-5, Activation.SWIGLU),

  /**
   * HuggingFace's {@code Qwen3ForCausalLM}.
   *
   * @see <a href="https://arxiv.org/abs/2505.09388">Qwen3 technical report, section 2</a>
   */
  QWEN3("qwen3", Positions.ROTARY, Norm.Kind.RMS, 1e-6, Activation.SWIGLU),

  /** What small runs of recent years agree on; measured part by part in docs/architectures.md. */
  MODERN("modern", Positions.ROTARY, Norm.Kind.RMS, 1e-6, Activation.RELU2);

  /** Base of rotary frequencies if none is given. */
  public static final double ROPE_THETA = 10000;

  private final String label;
  private final Positions positions;
  private final Norm.Kind norm;
  private final double normEpsilon;
  private final Activation mlp;

  Architecture(
      String label, Positions positions, Norm.Kind norm, double normEpsilon, Activation mlp) {
    this.label = label;
    this.positions = positions;
    this.norm = norm;
    this.normEpsilon = normEpsilon;
    this.mlp = mlp;
  }

  /** As settings spell it. */
  public String label() {
    return label;
  }

  /**
   * A model of this architecture and shape, every other key as the architecture has it.
   *
   * @param tied whether lm_head is the token embedding
   */
  public ModelSettings settings(int layers, int heads, int width, int context, boolean tied) {
    boolean gpt2 = this == GPT2;
    return new ModelSettings(
        Family.TRANSFORMER.label(),
        label,
        layers,
        heads,
        0,
        0,
        width,
        0,
        context,
        positions.label(),
        0,
        norm.label(),
        normEpsilon,
        gpt2,
        gpt2,
        this == QWEN3 || this == MODERN,
        0,
        mlp.label(),
        tied,
        0,
        0,
        0);
  }

  /** Whether lm_head is the token embedding if settings do not say. */
  public boolean isTied() {
    return this == GPT2;
  }

  /**
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public static Architecture named(String label) {
    return Arrays.stream(values())
        .filter(a -> a.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "model.architecture: unknown architecture '"
                        + label
                        + "'; use one of "
                        + labels()));
  }

  /** All names, for messages. */
  public static String labels() {
    return Arrays.stream(values()).map(Architecture::label).collect(Collectors.joining(", "));
  }
}
