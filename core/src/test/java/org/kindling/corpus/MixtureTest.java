package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kindling.corpus.TestDatasets.STORAGE;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;

class MixtureTest {
  private static final int CONTEXT = 4;

  @TempDir Path directory;

  /** Tokens tell their source (hundreds) and their place in it. */
  @BeforeEach
  void write() throws IOException {
    TestDatasets.write(directory.resolve("a/code"), IntStream.range(0, 41).toArray());
    TestDatasets.write(directory.resolve("b/text"), IntStream.range(100, 125).toArray());
    TestDatasets.write(directory.resolve("c/text"), IntStream.range(200, 203).toArray());
  }

  private DataSource source(String name, double weight) {
    return new DataSource(directory.resolve(name).toString(), weight);
  }

  private Mixture open(DataSource... data) throws IOException {
    return Mixture.open(STORAGE, DataSettings.joined(List.of(data)));
  }

  private static List<Integer> firstTokens(Mixture mixture, long from, int count)
      throws IOException {
    List<Integer> tokens = new ArrayList<>();
    try (MixedSamples samples = mixture.samplesInOrder(CONTEXT, 1)) {
      int[] inputs = new int[CONTEXT];
      int[] targets = new int[CONTEXT];
      for (long k = from; k < from + count; k++) {
        samples.read(k, inputs, targets, 0);
        assertThat(targets[CONTEXT - 1]).isEqualTo(inputs[0] + CONTEXT);
        tokens.add(inputs[0]);
      }
    }
    return tokens;
  }

  @Test
  void oneDatasetIsDrawnAsItAlwaysWas() throws IOException {
    Mixture mixture = open(source("a/code", 7));
    List<Integer> expected = new ArrayList<>();
    SampleOrder order = new SampleOrder(10, 1);
    for (long k = 5; k < 30; k++) {
      expected.add((int) order.sample(k) * CONTEXT);
    }
    assertThat(firstTokens(mixture, 5, 25)).isEqualTo(expected);
    assertThat(mixture.hash()).isEqualTo(mixture.datasets().get(0).hash());
  }

  @Test
  void everySampleOfEverySourceOnceAnEpoch() throws IOException {
    Mixture mixture = open(source("a/code", 3), source("b/text", 1));
    assertThat(mixture.samples(CONTEXT)).containsExactly(10, 6);
    // After 40 samples: 30 of code, three epochs; 10 of text, one and four samples.
    List<Integer> drawn = firstTokens(mixture, 0, 40);
    List<Integer> code = drawn.stream().filter(t -> t < 100).toList();
    List<Integer> text = drawn.stream().filter(t -> t >= 100).toList();
    assertThat(code).hasSize(30);
    for (int epoch = 0; epoch < 3; epoch++) {
      assertThat(code.subList(10 * epoch, 10 * epoch + 10)).doesNotHaveDuplicates();
    }
    assertThat(text).hasSize(10);
    assertThat(text.subList(0, 6)).doesNotHaveDuplicates();
    assertThat(text.subList(6, 10)).doesNotHaveDuplicates();
  }

  @Test
  void anyPositionIsReadWithoutWhatCameBefore() throws IOException {
    Mixture mixture = open(source("a/code", 3), source("b/text", 1));
    List<Integer> whole = firstTokens(mixture, 0, 60);
    assertThat(firstTokens(mixture, 37, 23)).isEqualTo(whole.subList(37, 60));
    assertThat(firstTokens(mixture, 10_000_000_000L, 8)).hasSize(8);
  }

  @Test
  void hashCoversDatasetsOrderAndWeights() throws IOException {
    DataSource code = source("a/code", 3);
    DataSource text = source("b/text", 1);
    assertThat(
            List.of(
                open(code).hash(),
                open(code, text).hash(),
                open(text, code).hash(),
                open(code, source("b/text", 2)).hash()))
        .doesNotHaveDuplicates();
    assertThat(open(code, text).hash()).isEqualTo(open(code, text).hash());
  }

  @Test
  void namesAreShortWhereTheyCanBe() throws IOException {
    assertThat(open(source("a/code", 1), source("b/text", 1)).names())
        .containsExactly("code", "text");
    assertThat(open(source("b/text", 1), source("c/text", 1)).names())
        .containsExactly(directory + "/b/text", directory + "/c/text");
  }

  @Test
  void namesADatasetTooShortForOneSample() throws IOException {
    Mixture mixture = open(source("a/code", 1), source("c/text", 1));
    assertThatThrownBy(() -> mixture.samples(CONTEXT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "c/text has 3 tokens, one sample of context 4 needs 5", "split train of ");
  }

  @Test
  void namesDatasetsOfDifferentTokenizers() throws IOException {
    var letters = CharacterTokenizer.train(new CodePoints().add("abc"));
    SmallDataset.write(
        STORAGE,
        TestDatasets.hadoop(directory.resolve("letters")),
        letters,
        Map.of(Split.TRAIN, List.of(new int[] {0, 1, 2, 0, 1, 2})));
    assertThatThrownBy(() -> open(source("a/code", 1), source("letters", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "data: \\S+/a/code has tokenizer byte [0-9a-f]{12}, \\S+/letters has char"
                + " [0-9a-f]{12}; tokenize both with the same one");
  }
}
