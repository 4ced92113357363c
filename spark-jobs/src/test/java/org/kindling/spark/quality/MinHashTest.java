package org.kindling.spark.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MinHashTest {
  private static byte[] signature(long seed, int from, int to) {
    MinHash set = new MinHash();
    Random random = new Random(seed);
    long[] members = random.longs(to).toArray();
    for (int i = from; i < to; i++) {
      set.add(Hashing.mix(members[i]));
    }
    byte[] signature = new byte[MinHash.SIGNATURE_BYTES];
    set.signature(signature, 0);
    return signature;
  }

  @Test
  void estimatesSimilarityWithoutBias() {
    for (int size : new int[] {20, 200, 5000}) {
      for (double jaccard : new double[] {0.25, 0.5, 0.8, 0.9}) {
        int common = (int) Math.round(2 * size * jaccard / (1 + jaccard));
        double exact = common / (2.0 * size - common);
        double sum = 0;
        int trials = 60;
        for (int trial = 0; trial < trials; trial++) {
          byte[] one = signature(trial, 0, size);
          byte[] other = signature(trial, size - common, 2 * size - common);
          sum += MinHash.similarity(one, 0, other, 0);
        }
        double error = Math.sqrt(exact * (1 - exact) / MinHash.ENTRIES / trials);
        assertThat(sum / trials)
            .as("%d members, %.2f", size, jaccard)
            .isCloseTo(exact, org.assertj.core.data.Offset.offset(5 * error + 0.002));
      }
    }
  }

  @Test
  void bandsFindPairsAtTheThreshold() {
    for (double jaccard : new double[] {0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1}) {
      Bands bands = Bands.forThreshold(jaccard);
      assertThat(bands.probability(jaccard)).isGreaterThanOrEqualTo(Bands.RECALL);
      assertThat(bands.bands() * bands.rows()).isLessThanOrEqualTo(MinHash.ENTRIES);
    }
    assertThat(Bands.forThreshold(0.8)).isEqualTo(new Bands(32, 8));
  }

  private static List<Long> words(String text, int pieceBytes) {
    List<Long> words = new ArrayList<>();
    WordHashes hashes = new WordHashes(words::add);
    for (int at = 0; at < text.length(); ) {
      int end = Math.min(text.length(), at + pieceBytes);
      end += end < text.length() && Character.isLowSurrogate(text.charAt(end)) ? 1 : 0;
      byte[] piece = text.substring(at, end).getBytes(StandardCharsets.UTF_8);
      hashes.accept(piece, piece.length);
      at = end;
    }
    hashes.endDocument();
    return words;
  }

  @Test
  void wordsAreRunsOfLettersWhateverTheCaseAndThePieces() {
    String text = "Hello, w\u00d6rld! e\u0301t\u00e9 42 \u4e2d\u6587 \ud83d\ude00 \u3042x";
    List<Long> words = words(text, 1000);
    assertThat(words).hasSize(8);
    assertThat(words(text, 1)).isEqualTo(words);
    assertThat(words("hello w\u00f6rld", 1000)).isEqualTo(words.subList(0, 2));
    assertThat(words("", 1)).isEmpty();
    assertThat(words("... --- !", 3)).isEmpty();
  }

  @Test
  void fewWordsAreOneShingle() {
    List<Long> found = new ArrayList<>();
    Shingles shingles = new Shingles(5, found::add);
    for (int document = 0; document < 2; document++) {
      for (long word = 0; word < 3; word++) {
        shingles.accept(word);
      }
      shingles.endDocument();
    }
    assertThat(found).hasSize(2);
    assertThat(found.get(0)).isEqualTo(found.get(1));
    for (long word = 0; word < 7; word++) {
      shingles.accept(word);
    }
    shingles.endDocument();
    assertThat(found).hasSize(5).element(4).isNotEqualTo(found.get(3));
  }

  private static double repetition(String text) {
    Repetition repetition = new Repetition();
    WordHashes words = new WordHashes(repetition.words());
    double score = 0;
    for (int time = 0; time < 2; time++) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      words.accept(bytes, bytes.length);
      repetition.accept(bytes, bytes.length);
      words.endDocument();
      score = repetition.endDocument();
    }
    return score;
  }

  @Test
  void repetitionIsTheLargestOfThreeShares() {
    assertThat(repetition("a b c d e f g h")).isZero();
    assertThat(repetition("one\ntwo\none\n\n\n  \nthree\n")).isEqualTo(0.25);
    assertThat(repetition("long line here\nb\nlong line here\nc")).isEqualTo(14 / 30.0);
    assertThat(repetition("p q r s x y p q r s")).isEqualTo(0.8);
    assertThat(repetition("")).isZero();
  }

  @Test
  void countsAreBounded() {
    HashCounts counts = new HashCounts();
    for (long i = 0; i < (1 << 20) + 1000; i++) {
      counts.add(Hashing.mix(i));
    }
    assertThat(counts.add(Hashing.mix(5))).isEqualTo(2);
    assertThat(counts.add(Hashing.mix((1 << 20) + 5))).isEqualTo(1);
    counts.clear();
    assertThat(counts.add(Hashing.mix(5))).isEqualTo(1);
  }
}
