package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BytePairTrainerTest {
  @Test
  void learnsTheMostFrequentPairFirst() {
    PieceCounts counts = new PieceCounts().add("ab", 3).add("bc", 5).add("abc", 1);
    assertThat(merges(BytePairTrainer.train(counts, 260))).containsExactly("b c", "a b", "a bc");
  }

  @Test
  void prefersSmallerIdsAmongEquallyFrequentPairs() {
    PieceCounts counts = new PieceCounts().add("zy", 2).add("ab", 2).add("a!", 2);
    assertThat(merges(BytePairTrainer.train(counts, 260))).containsExactly("a !", "a b", "z y");
  }

  @Test
  void countsOverlappingPairsAndMergesThemFromTheLeft() {
    // aaaaa: (a,a) 4 times; then aa aa a: (aa,a) and (aa,aa) once each, (aa,a) has smaller ids.
    PieceCounts counts = new PieceCounts().add("aaaaa", 1);
    assertThat(merges(BytePairTrainer.train(counts, 260))).containsExactly("a a", "aa a", "aa aaa");
  }

  @Test
  void agreesWithRecountingEverythingAfterEachMerge() {
    for (int seed = 0; seed < 60; seed++) {
      PieceCounts counts = randomCounts(new SplittableRandom(seed));
      Map<String, Long> pieces = new HashMap<>();
      for (int i = 0; i < counts.size(); i++) {
        pieces.put(counts.piece(i), counts.count(i));
      }
      Reference reference = new Reference(pieces);
      int vocabulary = 257 + reference.learn(40);
      Tokenizer trained = BytePairTrainer.train(counts, vocabulary);
      assertThat(trained.vocabulary()).isEqualTo(vocabulary);
      assertThat(merges(trained)).as("seed %d", seed).isEqualTo(reference.merges);
    }
  }

  @Test
  void agreesWithRecountingEverythingOnRealText() throws IOException {
    PieceCounts counts = new PieceCounts();
    Map<String, Long> pieces = new HashMap<>();
    Pattern gpt2 = Pattern.compile(Splitting.GPT2.regex(), Pattern.UNICODE_CHARACTER_CLASS);
    try (Stream<Path> files = Files.list(Path.of("src/main/java/org/kindling/tokenizer"))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file);
        counts.addText(text);
        for (Matcher matcher = gpt2.matcher(text); matcher.find(); ) {
          byte[] utf8 = matcher.group().getBytes(StandardCharsets.UTF_8);
          pieces.merge(ByteAlphabet.write(utf8), 1L, Long::sum);
        }
      }
    }
    Reference reference = new Reference(pieces);
    assertThat(reference.learn(250)).isEqualTo(250);
    assertThat(merges(BytePairTrainer.train(counts, 507))).isEqualTo(reference.merges);
  }

  @Test
  void theOrderOfCountingDoesNotMatter() {
    PieceCounts counts = randomCounts(new SplittableRandom(5));
    PieceCounts reversed = new PieceCounts();
    for (int i = counts.size() - 1; i >= 0; i--) {
      reversed.add(counts.piece(i), counts.count(i) - 1).add(counts.piece(i), 1);
    }
    assertThat(BytePairTrainer.train(reversed, 275).toJson())
        .isEqualTo(BytePairTrainer.train(counts, 275).toJson());
  }

  @Test
  void numbersBytesThenMergesThenTheEndOfText() {
    Tokenizer trained = BytePairTrainer.train(new PieceCounts().addText("low lower"), 259);
    JsonNode vocabulary = JsonText.read(trained.toJson()).path("model").path("vocab");
    assertThat(vocabulary.size()).isEqualTo(259);
    assertThat(vocabulary.path("!").asInt(-1)).isZero();
    assertThat(vocabulary.path("Ġ").asInt()).isEqualTo(220);
    assertThat(vocabulary.path("Ń").asInt()).isEqualTo(255);
    assertThat(vocabulary.path("lo").asInt()).isEqualTo(256);
    assertThat(vocabulary.path("low").asInt()).isEqualTo(257);
    assertThat(trained.endOfText()).hasValue(258);
    assertThat(trained.encode("lowlo")).containsExactly(257, 256);
  }

  @Test
  void saysHowManyEntriesTheCorpusSupports() {
    PieceCounts counts = new PieceCounts().addText("abc abc");
    assertThat(BytePairTrainer.train(counts, 260).vocabulary()).isEqualTo(260);
    assertThatThrownBy(() -> BytePairTrainer.train(counts, 300))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "vocabulary: found 300, but after 3 merges every piece of the corpus is one token; use"
                + " at most 260 or a larger corpus");
  }

  @Test
  void refusesImpossibleVocabulariesAndEmptyText() {
    PieceCounts counts = new PieceCounts().addText("abc");
    assertThatThrownBy(() -> BytePairTrainer.train(counts, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 257 (256 bytes and the end of text) to 2097152 entries");
    assertThatThrownBy(() -> BytePairTrainer.train(counts, 3_000_000))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BytePairTrainer.train(new PieceCounts().addText(""), 300))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found no characters");
  }

  private static List<String> merges(Tokenizer tokenizer) {
    List<String> merges = new ArrayList<>();
    JsonText.read(tokenizer.toJson())
        .path("model")
        .path("merges")
        .forEach(m -> merges.add(m.asText()));
    return merges;
  }

  private static PieceCounts randomCounts(SplittableRandom random) {
    PieceCounts counts = new PieceCounts();
    int letters = 2 + random.nextInt(3);
    for (int i = 0; i < 30; i++) {
      StringBuilder piece = new StringBuilder();
      for (int n = 1 + random.nextInt(12); n > 0; n--) {
        piece.append((char) ('a' + random.nextInt(letters)));
      }
      counts.add(piece.toString(), 1 + random.nextInt(20));
    }
    return counts;
  }

  /**
   * The definition, as slowly as it reads: count all pairs, merge the best, begin again. Of equally
   * frequent pairs HuggingFace's trainer takes the one with the smaller ids.
   */
  private static final class Reference {
    private final List<List<String>> pieces = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<String> merges = new ArrayList<>();

    /** By piece, written in the byte alphabet. */
    Reference(Map<String, Long> corpus) {
      corpus.forEach(
          (piece, count) -> {
            pieces.add(new ArrayList<>(List.of(piece.split(""))));
            counts.add(count);
          });
      for (int b : ByteAlphabet.bytesInOrder()) {
        ids.put(ByteAlphabet.write(new byte[] {(byte) b}), ids.size());
      }
    }

    /** Learns up to so many tokens and says how many there were. */
    int learn(int tokens) {
      while (ids.size() < 256 + tokens) {
        String[] best = best();
        if (best == null) {
          break;
        }
        assertThat(ids).doesNotContainKey(best[0] + best[1]);
        ids.put(best[0] + best[1], ids.size());
        merges.add(best[0] + " " + best[1]);
        pieces.forEach(piece -> replace(piece, best));
      }
      return ids.size() - 256;
    }

    private String[] best() {
      Map<String, Long> pairs = new HashMap<>();
      for (int p = 0; p < pieces.size(); p++) {
        List<String> piece = pieces.get(p);
        for (int i = 0; i + 1 < piece.size(); i++) {
          pairs.merge(piece.get(i) + " " + piece.get(i + 1), counts.get(p), Long::sum);
        }
      }
      return pairs.entrySet().stream()
          .min(
              Map.Entry.<String, Long>comparingByValue()
                  .reversed()
                  .thenComparing(e -> ids.get(e.getKey().split(" ")[0]))
                  .thenComparing(e -> ids.get(e.getKey().split(" ")[1])))
          .map(e -> e.getKey().split(" "))
          .orElse(null);
    }

    private static void replace(List<String> piece, String[] pair) {
      for (int i = 0; i + 1 < piece.size(); i++) {
        if (piece.get(i).equals(pair[0]) && piece.get(i + 1).equals(pair[1])) {
          piece.set(i, pair[0] + pair[1]);
          piece.remove(i + 1);
        }
      }
    }
  }
}
