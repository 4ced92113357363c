package org.kindling.evaluation;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import org.kindling.model.Predictor;

/**
 * Writes on from a prompt, token by token, with the model's cache. When the cache is full, the
 * later half of it is read again and generation goes on from there.
 */
public final class Generation {
  private final Predictor model;
  private final Sampler sampler;
  private final OptionalInt endOfText;

  /**
   * @param endOfText stops the text when drawn; it is not handed out
   */
  public Generation(Predictor model, Sampler sampler, OptionalInt endOfText) {
    this.model = model;
    this.sampler = sampler;
    this.endOfText = endOfText;
  }

  /**
   * @param prompt at least one token
   * @param tokens most tokens to draw
   * @param out receives each token as it is drawn
   * @return tokens drawn
   */
  public int run(int[] prompt, int tokens, IntConsumer out) {
    int[] text = Arrays.copyOf(prompt, prompt.length + tokens);
    int length = prompt.length;
    try (Predictor.Decoder decoder = model.decoder(1)) {
      int capacity = decoder.capacity();
      float[] logits = decoder.append(tail(text, length, Math.min(length, capacity)))[0];
      for (int drawn = 0; drawn < tokens; drawn++) {
        int next = sampler.draw(logits);
        if (endOfText.isPresent() && endOfText.getAsInt() == next) {
          return drawn;
        }
        out.accept(next);
        text[length++] = next;
        if (drawn == tokens - 1) {
          return tokens;
        }
        if (decoder.position(0) < capacity) {
          logits = decoder.append(new int[][] {{next}})[0];
        } else {
          decoder.reset(0);
          logits = decoder.append(tail(text, length, Math.max(1, capacity / 2)))[0];
        }
      }
    }
    return tokens;
  }

  private static int[][] tail(int[] text, int length, int count) {
    return new int[][] {Arrays.copyOfRange(text, length - count, length)};
  }
}
