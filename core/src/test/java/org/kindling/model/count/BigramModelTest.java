package org.kindling.model.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BigramModelTest {
  private static final int VOCABULARY = 150;

  private static PairCounts count(long seed, int pairs) {
    SplittableRandom random = new SplittableRandom(seed);
    PairCounts counts = new PairCounts(VOCABULARY);
    int previous = 0;
    for (int i = 0; i < pairs; i++) {
      int next = (int) (Math.pow(random.nextDouble(), 3) * (VOCABULARY - 1));
      counts.add(previous, next);
      previous = next;
    }
    return counts;
  }

  @Test
  void probabilitiesAddUpToOne() {
    BigramModel model = new BigramModel(count(1, 30_000));
    double unigram = 0;
    for (int next = 0; next < VOCABULARY; next++) {
      unigram += model.unigram(next);
    }
    assertThat(unigram).isCloseTo(1, within(1e-12));
    for (int previous = 0; previous < VOCABULARY; previous++) {
      double bigram = 0;
      for (int next = 0; next < VOCABULARY; next++) {
        assertThat(model.bigram(previous, next)).isPositive();
        bigram += model.bigram(previous, next);
      }
      assertThat(bigram).isCloseTo(1, within(1e-12));
    }
  }

  @Test
  void countsOfPiecesAddUp() {
    PairCounts whole = count(1, 20_000);
    PairCounts other = count(2, 9_000);
    long pair = whole.ofPair(0, 0) + other.ofPair(0, 0);
    long token = whole.ofToken(3) + other.ofToken(3);
    whole.plus(other);
    assertThat(whole.ofPair(0, 0)).isEqualTo(pair).isPositive();
    assertThat(whole.ofToken(3)).isEqualTo(token).isPositive();
    assertThat(new BigramModel(whole).tokens()).isEqualTo(29_000);
  }

  @Test
  void neverSeenTokenFallsBackToTheTokenAlone() {
    PairCounts counts = new PairCounts(4);
    counts.add(0, 1);
    counts.add(1, 0);
    BigramModel model = new BigramModel(counts);
    assertThat(model.bigram(3, 1)).isEqualTo(model.unigram(1));
  }
}
