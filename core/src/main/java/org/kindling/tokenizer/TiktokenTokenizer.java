package org.kindling.tokenizer;

import java.util.OptionalInt;
import java.util.SortedMap;

/** One of {@link TiktokenEncoding}'s encodings; loaded when first used. */
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
  public SortedMap<Integer, String> specialTokens() {
    return encoding.specials();
  }

  @Override
  void append(byte[] utf8, int from, int to, long tokensBefore, TokenBuffer out) {
    encoding.tokenizer().append(utf8, from, to, tokensBefore, out);
  }

  @Override
  int lastCut(byte[] utf8, int from, int to) {
    return encoding.splitting().lastCut(utf8, from, to);
  }

  @Override
  int appendRun(byte[] utf8, int from, int to, TokenBuffer out) {
    return encoding.tokenizer().appendRun(utf8, from, to, out);
  }

  @Override
  public byte[] decode(int[] ids) {
    return encoding.tokenizer().decode(ids);
  }

  @Override
  public String toJson() {
    return BytePairJson.write(encoding.vocabulary());
  }
}
