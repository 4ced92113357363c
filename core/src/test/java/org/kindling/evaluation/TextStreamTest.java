package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextStreamTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private TextStream stream(String... stops) {
    return new TextStream(List.of(stops), out::writeBytes);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String shown() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void handsOnWhatCannotBeAStopString() {
    TextStream text = stream("\n\n", "END");
    assertThat(text.append(utf8("one\n"))).isTrue();
    assertThat(shown()).isEqualTo("one");
    assertThat(text.append(utf8("two EN"))).isTrue();
    assertThat(shown()).isEqualTo("one\ntwo ");
    assertThat(text.append(utf8("TER"))).isTrue();
    assertThat(shown()).isEqualTo("one\ntwo ENTER");
    assertThat(text.append(utf8("EE"))).isTrue();
    assertThat(shown()).isEqualTo("one\ntwo ENTERE");
    assertThat(text.append(utf8("ND of it"))).isFalse();
    assertThat(shown()).isEqualTo("one\ntwo ENTERE");
  }

  @Test
  void whatWaitsIsShownAtTheEnd() {
    TextStream text = stream("stop");
    text.append(utf8("non-sto"));
    assertThat(shown()).isEqualTo("non-");
    text.end();
    assertThat(shown()).isEqualTo("non-sto");
  }

  @Test
  void findsAStopStringThatBeginsWithinAFailedOne() {
    TextStream text = stream("aabaaa");
    for (byte letter : utf8("xaabaa")) {
      assertThat(text.append(new byte[] {letter})).isTrue();
    }
    assertThat(shown()).isEqualTo("x");
    text.append(utf8("b"));
    assertThat(shown()).isEqualTo("xaab");
    assertThat(text.append(utf8("aaa"))).isFalse();
    assertThat(shown()).isEqualTo("xaab");
  }

  @Test
  void theOneThatIsCompleteFirstEndsTheTextAndOfTwoTheLonger() {
    assertThat(stream("abcd", "bc").append(utf8("_abcd"))).isFalse();
    assertThat(shown()).isEqualTo("_a");
    out.reset();
    assertThat(stream("c", "abc").append(utf8("_abcd"))).isFalse();
    assertThat(shown()).isEqualTo("_");
  }

  @Test
  void charactersAreShownWhole() {
    TextStream text = stream();
    byte[] euro = utf8("€");
    text.append(new byte[] {'1', euro[0]});
    text.append(new byte[] {euro[1]});
    assertThat(shown()).isEqualTo("1");
    text.append(new byte[] {euro[2], 'x'});
    assertThat(shown()).isEqualTo("1€x");
  }

  @Test
  void bytesThatAreNoTextAreShownAsTheyAre() {
    TextStream text = stream("€");
    byte[] bytes = {(byte) 0x82, (byte) 0xFF, (byte) 0xE2, (byte) 0x82, 'a', (byte) 0xF0};
    text.append(bytes);
    assertThat(out.size()).isEqualTo(5);
    text.end();
    assertThat(out.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void endsWhereASearchOfTheWholeTextFindsIt() {
    Random random = new Random(3);
    for (int trial = 0; trial < 2000; trial++) {
      String all =
          random
              .ints(40, 0, 3)
              .mapToObj(c -> String.valueOf("abé".charAt(c)))
              .collect(java.util.stream.Collectors.joining());
      String stop = all.substring(20, 21 + random.nextInt(6));
      out.reset();
      TextStream text = stream(stop);
      byte[] bytes = utf8(all);
      boolean more = true;
      for (int from = 0; more && from < bytes.length; ) {
        int to = Math.min(bytes.length, from + 1 + random.nextInt(4));
        more = text.append(java.util.Arrays.copyOfRange(bytes, from, to));
        assertThat(all).startsWith(shown());
        from = to;
      }
      assertThat(more).isFalse();
      assertThat(shown()).isEqualTo(all.substring(0, all.indexOf(stop)));
    }
  }

  @Test
  void emptyStopStringsAreRefused() {
    assertThatThrownBy(() -> stream("a", "")).hasMessage("--stop: is empty; give some text");
  }
}
