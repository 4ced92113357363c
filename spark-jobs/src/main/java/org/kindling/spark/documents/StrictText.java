package org.kindling.spark.documents;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.kindling.storage.CorruptFileException;

/** UTF-8 to text, without putting anything in place of what is not UTF-8. */
public final class StrictText {
  private StrictText() {}

  /**
   * @param source of the bytes, as the user would name it
   * @throws CorruptFileException if the bytes are not UTF-8, with the offset of the first that is
   *     not
   */
  public static String decode(byte[] bytes, String source) throws CorruptFileException {
    return decoded(bytes, source).toString();
  }

  /** Like {@link #decode} where only the bytes are wanted. */
  public static void require(byte[] bytes, String source) throws CorruptFileException {
    decoded(bytes, source);
  }

  private static CharBuffer decoded(byte[] bytes, String source) throws CorruptFileException {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    if (decoder.decode(in, out, true).isError()) {
      throw new CorruptFileException(
          source,
          in.position(),
          String.format(
              "expected UTF-8 text, found 0x%02x; convert the text to UTF-8",
              bytes[in.position()]));
    }
    return out.flip();
  }
}
