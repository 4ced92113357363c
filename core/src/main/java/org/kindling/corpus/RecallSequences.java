package org.kindling.corpus;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Sequences of associative recall: pairs of a key and a value, then questions for the value of a
 * key that occurred. Every pair is <em>one</em> character, so that one layer of attention can
 * answer: at a question it looks for the pair with this key and reads its value there. Were key and
 * value two characters in turn, the question would have to find the character <em>after</em> the
 * key, and which key lies before a character is something that only an earlier layer can have
 * written there: that is the induction head, which takes two layers.
 *
 * <pre>
 * p₁ p₂ … pₙ  q a  q a …        pᵢ = (kᵢ, vᵢ), keys all different; q one of the keys, a its value
 * </pre>
 *
 * <p>All sequences have the same length, so that with a context of this length every training
 * sample is one sequence. The same seed gives the same sequences. Immutable; threads may share it.
 *
 * @see <a href="https://arxiv.org/abs/2312.04927">Arora et al. 2023</a>
 * @see <a href="https://arxiv.org/abs/2209.11895">Olsson et al. 2022 on induction heads</a>
 * @param pairs of a sequence
 * @param questions of a sequence
 * @param keys to choose from, at least {@code pairs}
 * @param values to choose from
 * @param seed of the choices
 */
public record RecallSequences(int pairs, int questions, int keys, int values, long seed) {
  /** CJK ideographs stand for pairs, Cyrillic for questions, Greek for answers. */
  private static final char FIRST_PAIR = '\u4E00';

  private static final int MOST_PAIRS = 0x9FA6 - FIRST_PAIR;
  private static final char FIRST_QUESTION = '\u0400';
  private static final char FIRST_ANSWER = '\u1F00';
  private static final int MOST = 0x100;

  public RecallSequences {
    require("--pairs", pairs, 1, MOST);
    require("--questions", questions, 1, 10_000);
    require("--keys", keys, pairs, MOST);
    require("--values", values, 2, MOST);
    if (keys * values > MOST_PAIRS) {
      throw new IllegalArgumentException(
          String.format(
              "--keys: %d keys times %d values are more than the %d characters for pairs; use fewer",
              keys, values, MOST_PAIRS));
    }
  }

  private static void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          String.format("%s: expected %d to %d, found %d", option, least, most, value));
    }
  }

  /** Characters of a sequence. */
  public int length() {
    return pairs + 2 * questions;
  }

  /** The sequence of a number. */
  public String sequence(long number) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
    int[] order = shuffled(random);
    int[] valueOf = random.ints(pairs, 0, values).toArray();
    StringBuilder text = new StringBuilder(length());
    for (int i = 0; i < pairs; i++) {
      text.append((char) (FIRST_PAIR + order[i] * values + valueOf[i]));
    }
    for (int i = 0; i < questions; i++) {
      int asked = random.nextInt(pairs);
      text.append((char) (FIRST_QUESTION + order[asked]));
      text.append((char) (FIRST_ANSWER + valueOf[asked]));
    }
    return text.toString();
  }

  /** Keys in random order, of which a sequence takes the first. */
  private int[] shuffled(SplittableRandom random) {
    int[] order = new int[keys];
    Arrays.setAll(order, i -> i);
    for (int i = 0; i < pairs; i++) {
      int other = i + random.nextInt(keys - i);
      int key = order[other];
      order[other] = order[i];
      order[i] = key;
    }
    return order;
  }

  /** Whether a character asks for the value of a key, which the next character is. */
  public static boolean isQuestion(String character) {
    return character.length() == 1
        && character.charAt(0) >= FIRST_QUESTION
        && character.charAt(0) < FIRST_QUESTION + MOST;
  }
}
