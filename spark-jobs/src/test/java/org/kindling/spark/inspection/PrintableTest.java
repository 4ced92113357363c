package org.kindling.spark.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void nothingMovesTheCursorOrHides() {
    assertThat(Printable.text("a\tb\r\n\\ é 漢 😀")).isEqualTo("a\\tb\\r\\n\\\\ é 漢 😀");
    assertThat(Printable.text("\u001b[2J\u0007\u0000")).isEqualTo("\\u{1b}[2J\\u{7}\\u{0}");
    assertThat(Printable.text("\u202eabc\u2028")).isEqualTo("\\u{202e}abc\\u{2028}");
    assertThat(Printable.text("\ud800x")).isEqualTo("\\u{d800}x");
  }

  @Test
  void partsOfCharactersAreBytes() {
    assertThat(Printable.bytes(new byte[] {(byte) 0xc3})).isEqualTo("\\xc3");
    assertThat(Printable.bytes(new byte[] {'a', (byte) 0xff, (byte) 0xc3, (byte) 0xa9, 'b'}))
        .isEqualTo("a\\xffé" + "b");
    assertThat(Printable.bytes(new byte[0])).isEmpty();
  }
}
