package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.RecallSequences;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.model.ModelSettings;
import org.kindling.model.Predictor;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;
import org.kindling.tokenizer.Tokenizer;

class RecallAccuracyTest {
  private static final RecallSequences ALL = new RecallSequences(4, 6, 4, 8, 3);
  private static final int SEQUENCES = 21;

  @TempDir Path directory;

  @Test
  void countsTheQuestionsWhoseAnswerIsTheLikeliest() throws IOException {
    Tokenizer tokenizer = tokenizer(text());
    Dataset dataset = dataset(tokenizer, text());
    // The last sequence has no token after it, and is no window.
    long questions = (SEQUENCES - 1) * 6;
    assertThat(ask(dataset, new Reader(tokenizer, true), 100))
        .isEqualTo(new RecallAccuracy(questions, questions));
    RecallAccuracy guessed = ask(dataset, new Reader(tokenizer, false), 100);
    assertThat(guessed.questions()).isEqualTo(questions);
    assertThat(guessed.share()).isBetween(0.0, 0.6);
    assertThat(ask(dataset, new Reader(tokenizer, true), 3)).isEqualTo(new RecallAccuracy(18, 18));
  }

  @Test
  void refusesTextWithoutQuestions() throws IOException {
    Tokenizer tokenizer = tokenizer("abc");
    Dataset dataset = dataset(tokenizer, "abc".repeat(30));
    assertThatThrownBy(() -> ask(dataset, new Reader(tokenizer, true), 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no question of associative recall");
  }

  private static String text() {
    StringBuilder text = new StringBuilder();
    for (int number = 0; number < SEQUENCES; number++) {
      text.append(ALL.sequence(number));
    }
    return text.toString();
  }

  private static Tokenizer tokenizer(String text) {
    CodePoints seen = new CodePoints();
    seen.add(text);
    return CharacterTokenizer.train(seen);
  }

  private Dataset dataset(Tokenizer tokenizer, String text) throws IOException {
    List<int[]> document = List.of(tokenizer.encode(text));
    return SmallDataset.write(
        Storage.standard(),
        new org.apache.hadoop.fs.Path(directory.resolve("data").toUri()),
        tokenizer,
        Map.of(Split.TRAIN, document, Split.VALIDATION, document));
  }

  private static RecallAccuracy ask(Dataset dataset, Predictor model, long most)
      throws IOException {
    String split = Split.VALIDATION.label();
    try (TokenReader tokens = dataset.tokens(split)) {
      return RecallAccuracy.measure(
          model, dataset.tokenizer(), tokens, dataset.shardTokens(split), most);
    }
  }

  /** Looks the answer up in the text, or always gives the value of the first pair. */
  private record Reader(Tokenizer tokenizer, boolean looks) implements Predictor {
    @Override
    public ModelSettings settings() {
      return new ModelSettings("transformer", 1, 1, 8, ALL.length(), true);
    }

    @Override
    public int vocabulary() {
      return tokenizer.vocabulary();
    }

    @Override
    public float[] logits(int count, int length, int[] ids) {
      List<String> characters = new ArrayList<>();
      for (int id : ids) {
        characters.add(tokenizer.decodeText(new int[] {id}));
      }
      float[] logits = new float[length * vocabulary()];
      for (int t = 0; t < length; t++) {
        if (RecallSequences.isQuestion(characters.get(t))) {
          int key = looks ? characters.get(t).charAt(0) - '\u0400' : -1;
          String answer = answer(characters, key);
          logits[t * vocabulary() + tokenizer.encode(answer)[0]] = 1;
        }
      }
      return logits;
    }

    private static String answer(List<String> characters, int key) {
      for (int i = 0; i < 4; i++) {
        int pair = characters.get(i).charAt(0) - '\u4E00';
        if (key < 0 || pair / 8 == key) {
          return String.valueOf((char) ('\u1F00' + pair % 8));
        }
      }
      throw new IllegalStateException("no pair with key " + key);
    }

    @Override
    public WeightedLoss loss(TokenBatch batch) {
      throw new AssertionError("not asked for");
    }

    @Override
    public Decoder decoder(int sequences) {
      throw new AssertionError("not asked for");
    }

    @Override
    public void close() {}
  }
}
