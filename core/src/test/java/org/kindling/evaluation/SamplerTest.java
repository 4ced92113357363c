package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final float[] LOGITS = {2, 1, -1, 0.75f, 0.5f, -3, 3, 0};

  /** Ids that the sequence holds: a positive, two negative and a zero logit among them. */
  private static final int[] HELD = {6, 2, 3, 6};

  private static final SamplingSettings PLAIN = SamplingSettings.plain(7);

  private static double[] frequencies(SamplingSettings settings) {
    Sampler sampler = new Sampler(settings, LOGITS.length);
    double[] counts = new double[LOGITS.length];
    int draws = 40_000;
    for (int i = 0; i < draws; i++) {
      // Sequences of their own: what one holds shall not change.
      Sampler.Draws sequence = sampler.sequence(i);
      sequence.hold(HELD);
      counts[sequence.draw(LOGITS)] += 1.0 / draws;
    }
    return counts;
  }

  /** Expected: softmax in double precision by numpy, with HuggingFace transformers' rules. */
  private static void assertFrequencies(SamplingSettings settings, double... expected) {
    double[] found = frequencies(settings);
    assertThat(found).containsExactly(expected, within(0.01));
    for (int id = 0; id < expected.length; id++) {
      if (expected[id] == 0) {
        assertThat(found[id]).isZero();
      }
    }
  }

  @Test
  void drawsWithTheModelsProbabilities() {
    assertFrequencies(
        PLAIN, 0.20887, 0.076839, 0.010399, 0.059842, 0.046605, 0.001407, 0.567769, 0.028268);
  }

  @Test
  void temperatureSharpens() {
    assertFrequencies(
        PLAIN.withTemperature(0.7),
        0.173329,
        0.041539,
        0.002386,
        0.029063,
        0.020335,
        0.000137,
        0.723257,
        0.009955);
  }

  @Test
  void topKLeavesTheLikeliestOnly() {
    assertFrequencies(PLAIN.withTopK(3), 0.244728, 0.090031, 0, 0, 0, 0, 0.665241, 0);
    assertThat(frequencies(PLAIN.withTopK(1))[6]).isCloseTo(1, within(1e-9));
    assertThat(frequencies(PLAIN.withTopK(99))).isEqualTo(frequencies(PLAIN));
  }

  @Test
  void topPLeavesTheFewestThatReachIt() {
    assertFrequencies(PLAIN.withTopP(0.9), 0.228693, 0.084132, 0, 0.065522, 0, 0, 0.621653, 0);
    assertThat(frequencies(PLAIN.withTopP(0.5))[6]).isCloseTo(1, within(1e-9));
  }

  @Test
  void minPLeavesWhatIsNotMuchLessLikelyThanTheLikeliest() {
    assertFrequencies(
        PLAIN.withMinP(0.05), 0.21759, 0.080047, 0, 0.062341, 0.048551, 0, 0.591471, 0);
    assertThat(frequencies(PLAIN.withMinP(1))[6]).isCloseTo(1, within(1e-9));
  }

  @Test
  void repetitionPenaltyMakesHeldTokensLessLikelyOnceEach() {
    assertFrequencies(
        PLAIN.withRepetitionPenalty(1.3),
        0.296629,
        0.109124,
        0.010941,
        0.071479,
        0.066187,
        0.001999,
        0.403499,
        0.040144);
    assertFrequencies(
        PLAIN.withRepetitionPenalty(0.8),
        0.126677,
        0.046602,
        0.007703,
        0.043778,
        0.028265,
        0.000854,
        0.728976,
        0.017144);
  }

  @Test
  void allTogetherActInOrder() {
    assertFrequencies(
        new SamplingSettings(1.5, 6, 0.9, 0.2, 1.3, 7),
        0.286024,
        0.146849,
        0,
        0.110759,
        0.105222,
        0,
        0.351146,
        0);
    // Top-p counts what top-k left: of all tokens the three would have 0.72.
    assertFrequencies(
        PLAIN.withTemperature(1.5).withTopK(5).withTopP(0.8),
        0.288921,
        0.148337,
        0,
        0,
        0,
        0,
        0.562742,
        0);
    // Top-p counts what min-p will drop: without it four tokens remain.
    assertFrequencies(
        PLAIN.withTemperature(2).withTopP(0.95).withMinP(0.3),
        0.263817,
        0.160013,
        0,
        0.141211,
        0,
        0,
        0.43496,
        0);
  }

  @Test
  void temperatureZeroTakesTheLikeliestAfterThePenalty() {
    SamplingSettings greedy = SamplingSettings.greedy();
    assertThat(new Sampler(greedy, 8).sequence(3).draw(LOGITS)).isEqualTo(6);
    assertThat(new Sampler(greedy, 6).sequence(0).draw(LOGITS)).isZero();
    Sampler.Draws penalized = new Sampler(greedy.withRepetitionPenalty(2), 8).sequence(0);
    float[] before = LOGITS.clone();
    assertThat(IntStream.range(0, 4).map(i -> penalized.draw(LOGITS)))
        .as("what was drawn is held: 3 becomes 1.5, 2 becomes 1, which equals token 1's")
        .containsExactly(6, 0, 6, 6);
    assertThat(LOGITS).isEqualTo(before);
  }

  @Test
  void tiesTakeTheSmallerId() {
    float[] ties = {0, 5, -0f, 5, 5};
    assertThat(new Sampler(SamplingSettings.greedy(), 5).sequence(0).draw(ties)).isEqualTo(1);
    Sampler two = new Sampler(PLAIN.withTopK(2), 5);
    Sampler four = new Sampler(PLAIN.withTemperature(50).withTopK(4), 5);
    assertThat(IntStream.range(0, 100).map(i -> two.sequence(i).draw(ties)).distinct())
        .containsExactlyInAnyOrder(1, 3);
    assertThat(IntStream.range(0, 200).map(i -> four.sequence(i).draw(ties)).distinct())
        .containsExactlyInAnyOrder(0, 1, 3, 4);
  }

  @Test
  void numbersTellSequencesApart() {
    Sampler sampler = new Sampler(PLAIN, 1000);
    float[] flat = new float[1000];
    Sampler.Draws first = sampler.sequence(0);
    Sampler.Draws second = sampler.sequence(1);
    Sampler.Draws again = new Sampler(PLAIN, 1000).sequence(0);
    int[] drawn = new int[40];
    int[] others = new int[40];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = first.draw(flat);
      others[i] = second.draw(flat);
      assertThat(again.draw(flat)).isEqualTo(drawn[i]);
    }
    for (int shift = 0; shift < 5; shift++) {
      int by = shift;
      assertThat(IntStream.range(0, 30).filter(i -> drawn[i + by] == others[i]).count())
          .isLessThan(3);
      assertThat(IntStream.range(0, 30).filter(i -> drawn[i] == others[i + by]).count())
          .isLessThan(3);
    }
  }

  /** What sorting everything gives, with weights by the library's exponential function. */
  private static int sorted(float[] logits, SamplingSettings s, double uniform) {
    int[] order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]).thenComparing(i -> i))
            .mapToInt(Integer::intValue)
            .limit(s.topK() == 0 ? logits.length : s.topK())
            .toArray();
    double[] sums = new double[order.length + 1];
    for (int i = 0; i < order.length; i++) {
      double distance = (double) logits[order[0]] - logits[order[i]];
      sums[i + 1] = sums[i] + Math.exp(-distance / s.temperature());
    }
    int kept = order.length;
    double all = sums[kept];
    while (kept > 1 && sums[kept - 1] >= s.topP() * all && s.topP() < 1) {
      kept--;
    }
    while (kept > 1 && sums[kept] - sums[kept - 1] < s.minP()) {
      kept--;
    }
    int i = 0;
    while (i < kept - 1 && sums[i + 1] <= uniform * sums[kept]) {
      i++;
    }
    return order[i];
  }

  @Test
  void drawsWhatSortingTheWholeVocabularyWouldDraw() {
    Random random = new Random(5);
    for (int trial = 0; trial < 600; trial++) {
      int vocabulary = 1 + random.nextInt(trial % 10 == 0 ? 3000 : 60);
      double spread = Math.exp(random.nextInt(12) - 5);
      float[] logits = new float[vocabulary];
      for (int id = 0; id < vocabulary; id++) {
        logits[id] = (float) (random.nextGaussian() * spread);
        if (random.nextInt(9) == 0) {
          logits[id] = random.nextBoolean() ? logits[id / 2] : Float.NEGATIVE_INFINITY;
        }
      }
      logits[random.nextInt(vocabulary)] = 1;
      SamplingSettings settings =
          new SamplingSettings(
              Math.exp(random.nextInt(7) - 3),
              random.nextBoolean() ? 0 : 1 + random.nextInt(vocabulary),
              random.nextBoolean() ? 1 : 1 - random.nextDouble(),
              random.nextBoolean() ? 0 : random.nextDouble() * random.nextDouble(),
              1,
              random.nextLong());
      Sampler.Draws draws = new Sampler(settings, vocabulary).sequence(0);
      SplittableRandom uniform = new SplittableRandom(settings.seed());
      for (int draw = 0; draw < 5; draw++) {
        assertThat(draws.draw(logits))
            .as("trial %d: %s", trial, settings)
            .isEqualTo(sorted(logits, settings, uniform.nextDouble()));
      }
    }
  }

  @Test
  void extremeTemperaturesAreGreedyAndUniform() {
    assertThat(frequencies(PLAIN.withTemperature(1e-300))[6]).isCloseTo(1, within(1e-9));
    assertThat(frequencies(PLAIN.withTemperature(1e300)))
        .containsExactly(
            new double[] {.125, .125, .125, .125, .125, .125, .125, .125}, within(.01));
  }

  @Test
  void logitsThatAreNotNumbersAreRefused() {
    float[] diverged = {1, Float.NaN, 2};
    float[] infinite = {1, Float.POSITIVE_INFINITY, 2};
    float[] nothing = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
    String message = "a logit is not a finite number; the model's training diverged";
    assertThatThrownBy(() -> new Sampler(PLAIN, 3).sequence(0).draw(diverged))
        .hasMessageContaining(message);
    assertThatThrownBy(() -> new Sampler(SamplingSettings.greedy(), 3).sequence(0).draw(diverged))
        .hasMessageContaining(message);
    assertThatThrownBy(() -> new Sampler(PLAIN, 3).sequence(0).draw(infinite))
        .hasMessageContaining(message);
    assertThatThrownBy(() -> new Sampler(PLAIN, 2).sequence(0).draw(nothing))
        .hasMessageContaining(message);
  }

  @Test
  void badSettingsAreRefused() {
    assertThatThrownBy(() -> PLAIN.withTemperature(-1))
        .hasMessage("--temperature: expected at least 0, found -1.0");
    assertThatThrownBy(() -> PLAIN.withTemperature(Double.POSITIVE_INFINITY))
        .hasMessage("--temperature: expected at least 0, found Infinity");
    assertThatThrownBy(() -> PLAIN.withTopK(-1))
        .hasMessage("--top-k: expected at least 0, found -1");
    assertThatThrownBy(() -> PLAIN.withTopP(0))
        .hasMessage("--top-p: expected above 0 and at most 1, found 0.0");
    assertThatThrownBy(() -> PLAIN.withTopP(Double.NaN))
        .hasMessage("--top-p: expected above 0 and at most 1, found NaN");
    assertThatThrownBy(() -> PLAIN.withMinP(1.01))
        .hasMessage("--min-p: expected at least 0 and at most 1, found 1.01");
    assertThatThrownBy(() -> PLAIN.withMinP(-0.1))
        .hasMessage("--min-p: expected at least 0 and at most 1, found -0.1");
    assertThatThrownBy(() -> PLAIN.withRepetitionPenalty(0))
        .hasMessage("--repetition-penalty: expected above 0, found 0.0");
  }
}
