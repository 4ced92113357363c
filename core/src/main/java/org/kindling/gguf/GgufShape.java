package org.kindling.gguf;

/**
 * What llama.cpp has to know of a model besides its parameters. All else is fixed by the kind, and
 * whoever builds this record must have checked it:
 *
 * <ul>
 *   <li>{@code GPT2}: learned positions, layer norms with biases before attention and MLP and at
 *       the end, biases everywhere but in the lm_head, GELU by its tanh approximation, as many kv
 *       heads as heads.
 *   <li>{@code LLAMA}: rotary positions over the whole head without scaling, HuggingFace's order of
 *       halves; RMS norms; a gated MLP with SiLU.
 *   <li>{@code QWEN3}: the same with RMS norms over the heads of queries and keys, and no biases.
 * </ul>
 *
 * All attend to every earlier token, divide scores by the root of the head size, and take logits as
 * they are: no sliding window, no soft-cap, no scaled residual, no dropout.
 *
 * @param vocabulary rows of the token table, which may be more than the tokenizer has tokens
 * @param hidden inner width of the MLP
 * @param context most positions
 * @param ropeTheta base of the rotary frequencies; 0 for {@code GPT2}, which has none
 * @param tied whether the lm_head is the token table
 * @param attentionBias whether queries, keys, values and the output projection have biases; always
 *     for {@code GPT2}, for {@code LLAMA} if so, never for {@code QWEN3}
 * @param mlpBias the same for the three projections of the MLP
 */
public record GgufShape(
    Kind kind,
    int vocabulary,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int width,
    int hidden,
    int context,
    double normEpsilon,
    double ropeTheta,
    boolean tied,
    boolean attentionBias,
    boolean mlpBias) {
  /** {@code LLAMA_MAX_LAYERS}, above which llama.cpp aborts. */
  private static final int MOST_LAYERS = 512;

  /** The architectures that can be written, by llama.cpp's names. */
  public enum Kind {
    GPT2("gpt2"),
    LLAMA("llama"),
    QWEN3("qwen3");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** {@code general.architecture}. */
    public String label() {
      return label;
    }
  }

  public GgufShape {
    positive("vocabulary", vocabulary);
    positive("layers", layers);
    positive("heads", heads);
    positive("kvHeads", kvHeads);
    positive("headDim", headDim);
    positive("width", width);
    positive("hidden", hidden);
    positive("context", context);
    require(kind, layers <= MOST_LAYERS, "layers", layers, "at most " + MOST_LAYERS);
    require(kind, heads % kvHeads == 0, "kvHeads", kvHeads, "a divisor of heads " + heads);
    require(
        kind, normEpsilon > 0 && normEpsilon < 1, "normEpsilon", normEpsilon, "between 0 and 1");
    if (kind == Kind.GPT2) {
      require(kind, kvHeads == heads, "kvHeads", kvHeads, "as many as heads, " + heads);
      require(
          kind,
          (long) heads * headDim == width,
          "headDim",
          headDim,
          "width / heads, " + width / heads);
      require(kind, ropeTheta == 0, "ropeTheta", ropeTheta, "0, since positions are learned");
      require(kind, attentionBias, "attentionBias", false, "true");
      require(kind, mlpBias, "mlpBias", false, "true");
    } else {
      require(
          kind, headDim % 2 == 0, "headDim", headDim, "an even number, since pairs are rotated");
      require(
          kind, ropeTheta > 0 && ropeTheta < Float.MAX_VALUE, "ropeTheta", ropeTheta, "above 0");
    }
    if (kind == Kind.QWEN3) {
      require(kind, !attentionBias, "attentionBias", true, "false");
      require(kind, !mlpBias, "mlpBias", true, "false");
    }
  }

  private static void positive(String key, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "gguf, " + key + ": found " + value + ", expected 1 or more");
    }
  }

  private static void require(Kind kind, boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "gguf, "
              + key
              + ": found "
              + found
              + ", but llama.cpp's "
              + kind.label()
              + " takes "
              + expected
              + "; export to huggingface instead");
    }
  }
}
