package org.kindling.evaluation;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Draws token ids from logits: repetition penalty, temperature, top-k, top-p, min-p, in the order
 * of HuggingFace transformers. Every sequence has draws of its own, which the others do not change.
 * Not thread-safe, its sequences together neither.
 *
 * <pre>{@code
 * Sampler.Draws draws = new Sampler(SamplingSettings.greedy(), 3).sequence(0);
 * draws.draw(new float[] {0.5f, 2, 1}); // 1
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1909.05858">Keskar et al. 2019, repetition penalty</a>
 * @see <a href="https://arxiv.org/abs/1904.09751">Holtzman et al. 2019, top-p</a>
 * @see <a href="https://arxiv.org/abs/2407.01082">Nguyen et al. 2024, min-p</a>
 */
public final class Sampler {
  private final SamplingSettings settings;
  private final int vocabulary;
  private final Candidates candidates = new Candidates();
  private float[] penalized = new float[0];

  /**
   * @param vocabulary ids below it are drawn; logits beyond, which a model whose tables were made
   *     larger than its tokenizer has, are passed over
   */
  public Sampler(SamplingSettings settings, int vocabulary) {
    this.settings = settings;
    this.vocabulary = vocabulary;
  }

  /**
   * The draws of a sequence that holds nothing yet.
   *
   * @param number tells the sequences of a seed apart; the same number draws the same
   */
  public Draws sequence(long number) {
    return new Draws(number);
  }

  /** The draws of one sequence. */
  public final class Draws {
    private final SplittableRandom random;

    /** Tokens that the sequence holds, each once, and whether it holds one. */
    private int[] held = new int[0];

    private int heldCount;
    private final BitSet isHeld = new BitSet();

    private Draws(long number) {
      // A seed's multiples of a constant would be one stream of SplittableRandom, shifted.
      random =
          new SplittableRandom(
              number == 0 ? settings.seed() : mixed(mixed(number) ^ settings.seed()));
    }

    /** Adds tokens to the sequence: a prompt. */
    public void hold(int... tokens) {
      if (settings.repetitionPenalty() == 1) {
        return;
      }
      for (int token : tokens) {
        if (isHeld.get(token)) {
          continue;
        }
        isHeld.set(token);
        if (heldCount == held.length) {
          held = Arrays.copyOf(held, Math.max(16, 2 * held.length));
        }
        held[heldCount++] = token;
      }
    }

    /**
     * Draws the token that comes next and adds it to the sequence.
     *
     * @param logits [vocabulary] or longer, left as they are
     * @throws IllegalStateException if a logit is not a number
     */
    public int draw(float[] logits) {
      int token = choose(penalized(logits));
      hold(token);
      return token;
    }

    private float[] penalized(float[] logits) {
      if (heldCount == 0) {
        return logits;
      }
      if (penalized.length != logits.length) {
        penalized = new float[logits.length];
      }
      System.arraycopy(logits, 0, penalized, 0, logits.length);
      float penalty = (float) settings.repetitionPenalty();
      for (int i = 0; i < heldCount; i++) {
        float logit = logits[held[i]];
        penalized[held[i]] = logit < 0 ? logit * penalty : logit / penalty;
      }
      return penalized;
    }

    private int choose(float[] logits) {
      if (settings.temperature() == 0) {
        return Candidates.likeliest(logits, vocabulary);
      }
      candidates.load(logits, vocabulary, settings.temperature());
      if (settings.topK() > 0) {
        candidates.keepFirst(settings.topK());
      }
      if (settings.topP() < 1) {
        candidates.keepShare(settings.topP());
      }
      if (settings.minP() > 0) {
        candidates.keepFrom(settings.minP());
      }
      return candidates.at(random.nextDouble());
    }
  }

  /**
   * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele et al. 2014, mix64</a>
   */
  private static long mixed(long bits) {
    long once = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
    long twice = (once ^ once >>> 33) * 0xc4ceb9fe1a85ec53L;
    return twice ^ twice >>> 33;
  }
}
