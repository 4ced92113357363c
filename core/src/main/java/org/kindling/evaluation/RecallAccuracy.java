package org.kindling.evaluation;

import java.io.IOException;
import java.util.List;
import org.kindling.corpus.RecallSequences;
import org.kindling.corpus.TokenReader;
import org.kindling.model.Predictor;
import org.kindling.tokenizer.Tokenizer;

/**
 * How many questions of associative recall a model answers: those whose likeliest next token, of
 * the whole vocabulary, is the answer.
 *
 * @param right questions answered
 * @param questions asked
 */
public record RecallAccuracy(long right, long questions) {

  /** Share of the questions that were answered. */
  public double share() {
    return (double) right / questions;
  }

  /**
   * Asks all questions of the leading windows of a split.
   *
   * @param shardTokens tokens of each shard, in order
   * @param most windows to ask
   * @throws IllegalArgumentException if there is no question in them
   */
  public static RecallAccuracy measure(
      Predictor model, Tokenizer tokenizer, TokenReader tokens, List<Long> shardTokens, long most)
      throws IOException {
    boolean[] question = new boolean[tokenizer.vocabulary()];
    for (int id = 0; id < question.length; id++) {
      byte[] text = tokenizer.decode(new int[] {id});
      question[id] =
          RecallSequences.isQuestion(new String(text, java.nio.charset.StandardCharsets.UTF_8));
    }
    int context = model.settings().context();
    RecallAccuracy sum = new RecallAccuracy(0, 0);
    long start = 0;
    long left = most;
    for (long shard : shardTokens) {
      for (long at = 0; at + context < shard && left > 0; at += context, left--) {
        int[] window = new int[context + 1];
        tokens.read(start + at, window, 0, window.length);
        sum = sum.plus(ask(model, question, window));
      }
      start += shard;
    }
    if (sum.questions == 0) {
      throw new IllegalArgumentException(
          "data: no question of associative recall in the validation split; make the text with"
              + " kindling corpus recall and tokenize it with --tokenizer char");
    }
    return sum;
  }

  private RecallAccuracy plus(RecallAccuracy other) {
    return new RecallAccuracy(right + other.right, questions + other.questions);
  }

  private static RecallAccuracy ask(Predictor model, boolean[] question, int[] window) {
    int length = window.length - 1;
    float[] logits = model.logits(1, length, java.util.Arrays.copyOf(window, length));
    int vocabulary = model.vocabulary();
    long right = 0;
    long asked = 0;
    for (int t = 0; t < length; t++) {
      if (question[window[t]]) {
        asked++;
        right += likeliest(logits, t * vocabulary, vocabulary) == window[t + 1] ? 1 : 0;
      }
    }
    return new RecallAccuracy(right, asked);
  }

  private static int likeliest(float[] logits, int from, int count) {
    int best = 0;
    for (int id = 1; id < count; id++) {
      if (logits[from + id] > logits[from + best]) {
        best = id;
      }
    }
    return best;
  }
}
