package org.kindling.model.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.kindling.model.Family;
import org.kindling.model.LanguageModel;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;

/** Counting n-grams, and Kneser-Ney against the same formula written with maps of lists. */
class KneserNeyTest {
  private static int[] text(long seed, int length, int vocabulary) {
    Random random = new Random(seed);
    // Skewed, so that some n-grams are frequent and some tokens never occur.
    return IntStream.range(0, length)
        .map(i -> (int) (vocabulary * Math.pow(random.nextDouble(), 3) * 0.9))
        .toArray();
  }

  private static SortedNgrams count(int[] text, int order, int vocabulary) {
    NgramCounts counts = new NgramCounts(order, vocabulary);
    counts.add(text, text.length);
    return counts.sorted();
  }

  /** Chen and Goodman's formula, word for word. */
  private static final class Oracle {
    private final int order;
    private final int vocabulary;
    private final Map<List<Integer>, Long> counts = new HashMap<>();

    Oracle(int[] text, int order, int vocabulary) {
      this.order = order;
      this.vocabulary = vocabulary;
      for (int from = 0; from + order <= text.length; from++) {
        counts.merge(list(text, from, from + order), 1L, Long::sum);
      }
      for (int length = order - 1; length >= 1; length--) {
        Map<List<Integer>, Set<Integer>> before = new HashMap<>();
        for (int from = 1; from + length <= text.length; from++) {
          before
              .computeIfAbsent(list(text, from, from + length), k -> new HashSet<>())
              .add(text[from - 1]);
        }
        before.forEach((ngram, tokens) -> counts.put(ngram, (long) tokens.size()));
      }
    }

    static List<Integer> list(int[] text, int from, int to) {
      return Arrays.stream(text, from, to).boxed().toList();
    }

    private double discount(int length) {
      double[] n = new double[3];
      counts.forEach(
          (ngram, count) -> {
            if (ngram.size() == length && count <= 2) {
              n[count.intValue()]++;
            }
          });
      return n[1] == 0 ? 0.5 : n[1] / (n[1] + 2 * n[2]);
    }

    double probability(List<Integer> history, int next) {
      double lower =
          history.isEmpty()
              ? 1.0 / vocabulary
              : probability(history.subList(1, history.size()), next);
      double sum = 0;
      double followers = 0;
      double direct = 0;
      for (Map.Entry<List<Integer>, Long> entry : counts.entrySet()) {
        List<Integer> ngram = entry.getKey();
        if (ngram.size() == history.size() + 1
            && ngram.subList(0, history.size()).equals(history)) {
          sum += entry.getValue();
          followers++;
          direct += ngram.get(history.size()) == next ? entry.getValue() : 0;
        }
      }
      if (sum == 0) {
        return lower;
      }
      double discount = discount(history.size() + 1);
      return Math.max(0, direct - discount) / sum + discount * followers / sum * lower;
    }
  }

  @Property(tries = 30)
  void equalsTheFormulaWrittenPlainly(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int order) {
    int vocabulary = 6;
    int[] text = text(seed, 60, vocabulary);
    KneserNey model = new KneserNey(count(text, order, vocabulary));
    Oracle oracle = new Oracle(text, order, vocabulary);
    int[] other = text(seed + 1, 12, vocabulary);
    for (int to = 0; to <= other.length; to++) {
      int from = Math.max(0, to - order + 1);
      NextToken.Distribution next = model.after(other, 0, to);
      for (int id = 0; id < vocabulary; id++) {
        assertThat(next.of(id))
            .isCloseTo(oracle.probability(Oracle.list(other, from, to), id), within(1e-12));
      }
    }
  }

  @Property(tries = 50)
  void probabilitiesSumToOneAfterEveryHistory(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 5) int order,
      @ForAll @IntRange(min = 1, max = 300) int length) {
    int vocabulary = 9;
    KneserNey model = new KneserNey(count(text(seed, length, vocabulary), order, vocabulary));
    int[] history = new Random(seed).ints(order, 0, vocabulary).toArray();
    NextToken.Distribution next = model.after(history, 0, history.length);
    double sum = 0;
    for (int id = 0; id < vocabulary; id++) {
      assertThat(next.of(id)).isPositive();
      sum += next.of(id);
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
  }

  @Property(tries = 20)
  void countsAddUpInAnyOrder(@ForAll long seed) {
    int[] text = text(seed, 500, 8);
    NgramCounts first = new NgramCounts(3, 8);
    first.add(text, 200);
    NgramCounts second = new NgramCounts(3, 8);
    // Two tokens of overlap: every trigram is counted once.
    second.add(Arrays.copyOfRange(text, 198, 500), 302);
    byte[] expected = bytes(count(text, 3, 8));
    assertThat(bytes(second.plus(first).sorted())).isEqualTo(expected);
  }

  private static byte[] bytes(SortedNgrams ngrams) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ngrams.write(out);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  @Property(tries = 20)
  void fileBringsBackTheCounts(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int order)
      throws IOException {
    byte[] written = bytes(count(text(seed, 400, 300), order, 300));
    SortedNgrams read = SortedNgrams.read(new ByteArrayInputStream(written));
    assertThat(bytes(read)).isEqualTo(written);
    assertThat(read.order()).isEqualTo(order);
    assertThat(read.vocabulary()).isEqualTo(300);
  }

  /** Bytes as the document of file formats says. */
  @Test
  void fileOfTwoBigramsIsGolden() {
    assertThat(bytes(count(new int[] {1, 200, 1, 200}, 2, 300)))
        .containsExactly(
            'K', 'N', 'G', 'R', 'A', 'M', 0, 1, 0xAC, 2, 2, 2, 0, 1, 0xC8, 1, 2, 0, 0xC8, 1, 1, 1);
  }

  @Test
  void damagedFilesAreRefused() {
    byte[] written = bytes(count(text(1, 100, 8), 3, 8));
    assertThatThrownBy(() -> read(Arrays.copyOf(written, written.length - 1)))
        .hasMessageContaining("ends before its last n-gram");
    byte[] magic = written.clone();
    magic[0]++;
    assertThatThrownBy(() -> read(magic)).hasMessageContaining("does not begin");
    byte[] token = written.clone();
    token[12] = 99;
    assertThatThrownBy(() -> read(token)).isInstanceOf(IllegalStateException.class);
  }

  private static void read(byte[] bytes) throws IOException {
    SortedNgrams.read(new ByteArrayInputStream(bytes));
  }

  private static CountModel model(Family family, int[] text, int vocabulary) {
    ModelSettings settings = ModelSettings.defaults(family);
    return new CountModel(settings, count(text, CountModel.order(settings), vocabulary));
  }

  @Test
  void longerHistoriesPredictBetter() {
    int vocabulary = 12;
    int[] text = markov(20_000, vocabulary, 1);
    int[] heldOut = markov(641, vocabulary, 2);
    TokenBatch batch =
        new TokenBatch(10, 64, heldOut, Arrays.copyOfRange(heldOut, 1, heldOut.length));
    double unigram = model(Family.UNIGRAM, text, vocabulary).loss(batch).mean();
    double bigram = model(Family.BIGRAM, text, vocabulary).loss(batch).mean();
    double ngram = model(Family.NGRAM, text, vocabulary).loss(batch).mean();
    assertThat(unigram).isLessThan(Math.log(vocabulary) + 0.05);
    assertThat(bigram).isLessThan(unigram - 0.1);
    assertThat(ngram).isLessThan(bigram - 0.1);
  }

  /** The next token is mostly the sum of the last two. */
  private static int[] markov(int length, int vocabulary, long seed) {
    Random random = new Random(seed);
    int[] text = new int[length];
    for (int i = 2; i < length; i++) {
      text[i] =
          random.nextInt(10) < 7
              ? (text[i - 1] + text[i - 2] / 3) % vocabulary
              : random.nextInt(vocabulary);
    }
    return text;
  }

  @Test
  void logitsLossAndDecoderAgree() {
    int[] text = markov(500, 12, 1);
    for (Family family : List.of(Family.UNIGRAM, Family.BIGRAM, Family.NGRAM)) {
      CountModel model = model(family, text, 12);
      int[] ids = Arrays.copyOf(text, 8);
      int[] targets = Arrays.copyOfRange(text, 1, 9);
      float[] logits = model.logits(1, 8, ids);
      double nats = 0;
      try (LanguageModel.Decoder decoder = model.decoder(1)) {
        for (int t = 0; t < 8; t++) {
          nats -= logits[t * 12 + targets[t]];
          assertThat(decoder.appendTo(0, ids[t]))
              .containsExactly(Arrays.copyOfRange(logits, t * 12, t * 12 + 12), within(1e-6f));
        }
      }
      assertThat(model.loss(new TokenBatch(1, 8, ids, targets)).mean())
          .isCloseTo(nats / 8, within(1e-6));
    }
  }

  @Test
  void countsOfAnotherOrderAreRefused() {
    ModelSettings trigrams = ModelSettings.defaults(Family.NGRAM);
    SortedNgrams bigrams = count(new int[] {1, 2, 3}, 2, 4);
    assertThatThrownBy(() -> new CountModel(trigrams, bigrams))
        .hasMessage("model.order: ngram counts 5-grams, found counts of 2-grams");
  }
}
