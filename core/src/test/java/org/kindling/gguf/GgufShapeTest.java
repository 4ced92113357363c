package org.kindling.gguf;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.kindling.gguf.GgufShape.Kind;

class GgufShapeTest {
  private static GgufShape shape(Kind kind, int heads, int kvHeads, int headDim, double theta) {
    boolean biases = kind == Kind.GPT2;
    return new GgufShape(
        kind, 10, 2, heads, kvHeads, headDim, 24, 64, 32, 1e-5, theta, true, biases, biases);
  }

  private static GgufShape biased(Kind kind, double theta, boolean attention, boolean mlp) {
    return new GgufShape(kind, 10, 2, 4, 4, 6, 24, 64, 32, 1e-5, theta, true, attention, mlp);
  }

  @Test
  void takesWhatEachKindHas() {
    assertThatCode(() -> shape(Kind.GPT2, 4, 4, 6, 0)).doesNotThrowAnyException();
    assertThatCode(() -> shape(Kind.LLAMA, 4, 2, 64, 1e4)).doesNotThrowAnyException();
    assertThatCode(() -> shape(Kind.QWEN3, 4, 1, 128, 1e6)).doesNotThrowAnyException();
    assertThatCode(() -> biased(Kind.LLAMA, 1e4, true, false)).doesNotThrowAnyException();
  }

  @Test
  void refusesWhatLlamaCppCannotExpress() {
    assertThatThrownBy(() -> shape(Kind.GPT2, 4, 2, 6, 0))
        .hasMessage(
            "gguf, kvHeads: found 2, but llama.cpp's gpt2 takes as many as heads, 4; export to"
                + " huggingface instead");
    assertThatThrownBy(() -> shape(Kind.GPT2, 4, 4, 8, 0))
        .hasMessageContaining("headDim: found 8, but llama.cpp's gpt2 takes width / heads, 6");
    assertThatThrownBy(() -> shape(Kind.GPT2, 4, 4, 6, 1e4)).hasMessageContaining("ropeTheta");
    assertThatThrownBy(() -> shape(Kind.LLAMA, 4, 3, 6, 1e4))
        .hasMessageContaining("kvHeads: found 3, but llama.cpp's llama takes a divisor of heads 4");
    assertThatThrownBy(() -> shape(Kind.LLAMA, 4, 4, 7, 1e4))
        .hasMessageContaining("headDim: found 7, but llama.cpp's llama takes an even number");
    assertThatThrownBy(() -> shape(Kind.QWEN3, 4, 4, 6, 0)).hasMessageContaining("ropeTheta");
    assertThatThrownBy(() -> biased(Kind.GPT2, 0, false, true))
        .hasMessageContaining("attentionBias: found false, but llama.cpp's gpt2 takes true");
    assertThatThrownBy(() -> biased(Kind.GPT2, 0, true, false)).hasMessageContaining("mlpBias");
    assertThatThrownBy(() -> biased(Kind.QWEN3, 1e4, true, false))
        .hasMessageContaining("attentionBias: found true, but llama.cpp's qwen3 takes false");
    assertThatThrownBy(() -> biased(Kind.QWEN3, 1e4, false, true)).hasMessageContaining("mlpBias");
  }

  @Test
  void refusesNumbersThatAreNone() {
    assertThatThrownBy(() -> shape(Kind.LLAMA, 0, 1, 6, 1e4))
        .hasMessage("gguf, heads: found 0, expected 1 or more");
    for (double epsilon : new double[] {0, -1, 1, Double.NaN}) {
      assertThatThrownBy(
              () ->
                  new GgufShape(
                      Kind.LLAMA, 9, 1, 1, 1, 2, 2, 2, 2, epsilon, 1e4, true, false, false))
          .hasMessageContaining("normEpsilon: found " + epsilon);
    }
    assertThatThrownBy(
            () ->
                new GgufShape(Kind.LLAMA, 9, 513, 1, 1, 2, 2, 2, 2, 1e-5, 1e4, true, false, false))
        .hasMessageContaining("layers: found 513, but llama.cpp's llama takes at most 512");
  }
}
