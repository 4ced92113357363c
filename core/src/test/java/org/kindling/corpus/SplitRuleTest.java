package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

class SplitRuleTest {
  /** Text of both splits after all documents were placed, in pieces of a few characters. */
  private static final class Recorder {
    final StringBuilder training = new StringBuilder();
    final StringBuilder validation = new StringBuilder();

    void place(String text, SplitRule rule) {
      for (int from = 0; from < text.length(); ) {
        int to =
            text.offsetByCodePoints(from, Math.min(3, text.codePointCount(from, text.length())));
        byte[] utf8 = ("##" + text.substring(from, to)).getBytes(StandardCharsets.UTF_8);
        int bytes = rule.bytesToTrain(utf8, 2, utf8.length);
        training.append(new String(utf8, 2, bytes, StandardCharsets.UTF_8));
        validation.append(
            new String(utf8, 2 + bytes, utf8.length - 2 - bytes, StandardCharsets.UTF_8));
        from = to;
      }
      rule.endDocument();
    }
  }

  private static Split of(HashSplit rule, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int half = utf8.length / 2;
    assertThat(rule.bytesToTrain(utf8, 0, half)).isEqualTo(SplitRule.UNDECIDED);
    assertThat(rule.bytesToTrain(utf8, half, utf8.length)).isEqualTo(SplitRule.UNDECIDED);
    return rule.endDocument();
  }

  @Test
  void hashNeverChangesItsMind() {
    // First 53 bits of SHA-256 as fractions, computed with Python: "" 0.8900, "a" 0.7923, "b"
    // 0.2434.
    HashSplit quarter = new HashSplit(0.25);
    assertThat(of(quarter, "b")).isEqualTo(Split.VALIDATION);
    assertThat(of(quarter, "a")).isEqualTo(Split.TRAIN);
    assertThat(of(new HashSplit(0.24), "b")).isEqualTo(Split.TRAIN);
    assertThat(of(new HashSplit(0.80), "a")).isEqualTo(Split.VALIDATION);
  }

  @Test
  void hashTakesAboutItsFraction() {
    HashSplit split = new HashSplit(0.05);
    int validation = 0;
    for (int i = 0; i < 20_000; i++) {
      validation += of(split, "document " + i) == Split.VALIDATION ? 1 : 0;
    }
    // 1000 expected, standard deviation 31.
    assertThat(validation).isBetween(850, 1150);
    assertThat(of(new HashSplit(0), "b")).isEqualTo(Split.TRAIN);
  }

  @Test
  void tailCutsWherePythonCuts() {
    assertThat(TailSplit.cut(1_115_394, 0.1)).isEqualTo(1_003_854);
    assertThat(TailSplit.cut(10, 0.3)).isEqualTo(7);
    assertThat(TailSplit.cut(10, 0)).isEqualTo(10);
    assertThat(TailSplit.cut(3, 0.05)).isEqualTo(2);
  }

  @Property(tries = 200)
  void tailCutsTheConcatenationAtACharacter(
      @ForAll @NotEmpty List<@NotEmpty String> documents,
      @ForAll @DoubleRange(min = 0, max = 0.99) double fraction,
      @ForAll @IntRange(min = 0, max = 20) int firstOfSecondTask) {
    List<String> texts = new ArrayList<>();
    documents.forEach(text -> texts.add(text + "\ud83d\ude00"));
    String all = String.join("", texts);
    int characters = all.codePointCount(0, all.length());
    long cut = TailSplit.cut(characters, fraction);
    Recorder recorder = new Recorder();
    int border = Math.min(firstOfSecondTask, texts.size());
    place(texts.subList(0, border), new TailSplit(0, cut), recorder);
    String before = String.join("", texts.subList(0, border));
    long position = before.codePointCount(0, before.length());
    place(texts.subList(border, texts.size()), new TailSplit(position, cut), recorder);
    int at = all.offsetByCodePoints(0, (int) cut);
    assertThat(recorder.training.toString()).isEqualTo(all.substring(0, at));
    assertThat(recorder.validation.toString()).isEqualTo(all.substring(at));
  }

  private static void place(List<String> texts, SplitRule rule, Recorder recorder) {
    byte[] forgotten = "never mind \u00e9".getBytes(StandardCharsets.UTF_8);
    for (String text : texts) {
      rule.bytesToTrain(forgotten, 0, forgotten.length);
      rule.forgetDocument();
      recorder.place(text, rule);
    }
  }
}
