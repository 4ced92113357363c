package org.kindling.spark.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8ValidatorTest {
  private static final int[] LEADS = {0x41, 0xc1, 0xc3, 0xe0, 0xe4, 0xed, 0xf0, 0xf1, 0xf4, 0xf5};

  /** Bytes that are often nearly right. */
  private static byte[] nearlyText(Random random) {
    byte[] bytes = new byte[random.nextInt(24)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          (byte)
              (random.nextInt(3) == 0
                  ? LEADS[random.nextInt(LEADS.length)]
                  : random.nextInt(4) == 0 ? random.nextInt(256) : 0x80 + random.nextInt(0x40));
    }
    return bytes;
  }

  @Test
  void agreesWithTheDecoderOnWhatIsWellFormed() {
    Random random = new Random(1);
    for (int trial = 0; trial < 200_000; trial++) {
      byte[] bytes = nearlyText(random);
      CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
      ByteBuffer in = ByteBuffer.wrap(bytes);
      decoder.decode(in, CharBuffer.allocate(bytes.length), true);
      assertThat(Utf8Validator.wellFormed(bytes, 0, bytes.length)).isEqualTo(in.position());
    }
  }

  @Test
  void tellsCutCharactersFromWrongOnes() {
    byte[] euro = "\u20ac".getBytes(StandardCharsets.UTF_8);
    assertThat(Utf8Validator.character(euro, 0, 3)).isEqualTo(3);
    assertThat(Utf8Validator.character(euro, 0, 2)).isZero();
    assertThat(Utf8Validator.character(new byte[] {(byte) 0xe2, (byte) 0x82, 'x'}, 0, 3))
        .isEqualTo(-2);
    assertThat(Utf8Validator.character(new byte[] {(byte) 0x82}, 0, 1)).isEqualTo(-1);
    assertThat(Utf8Validator.character(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, 0, 3))
        .isEqualTo(-1);
  }

  /** The cuts of {@link ComposedText} are right if composing the pieces is composing the whole. */
  @Test
  void charactersSaidToBeIndependentDoNotCompose() {
    for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
      if (!Character.isSurrogate((char) character) || character > 0xffff) {
        assertIndependence(character);
      }
    }
  }

  private static void assertIndependence(int character) {
    if (!ComposedText.isIndependent(character)) {
      return;
    }
    String text = Character.toString(character);
    for (String before :
        new String[] {"a", "a\u0301", "\u1100", "\u1100\u1161", "\u0b47", "\u0dd9"}) {
      String apart = nfc(before) + nfc(text);
      if (!nfc(before + text).equals(apart)) {
        throw new AssertionError(String.format("U+%04X composes with %s", character, before));
      }
    }
  }

  private static String nfc(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }
}
