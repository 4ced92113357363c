package org.kindling.tokenizer;

import java.util.OptionalInt;

/** One of {@link TiktokenEncoding}'s encodings, encoded by jtokkit. */
final class TiktokenTokenizer extends WrittenTokenizer {
  private final TiktokenEncoding encoding;

  TiktokenTokenizer(TiktokenEncoding encoding) {
    this.encoding = encoding;
  }

  @Override
  public String kind() {
    return encoding.kind();
  }

  @Override
  public int vocabulary() {
    return encoding.size();
  }

  @Override
  public OptionalInt endOfText() {
    return OptionalInt.of(encoding.endOfText());
  }

  @Override
  public int[] encode(String text) {
    Utf8.requirePaired(text);
    return encoding.encoding().encodeOrdinary(text).toArray();
  }

  @Override
  public byte[] decode(int[] ids) {
    return BytePairTokenizer.decode(this, encoding.vocabulary(), ids);
  }

  @Override
  public String toJson() {
    return BytePairJson.write(encoding.vocabulary());
  }
}
