package org.kindling.tokenizer;

/** The English contractions that the splitters keep whole: {@code 's 't 're 've 'm 'll 'd}. */
final class Contractions {
  private Contractions() {}

  /** Where the contraction at {@code position} ends, or {@code position} if there is none. */
  static int end(byte[] utf8, int position, int end) {
    if (position + 1 >= end || utf8[position] != '\'') {
      return position;
    }
    int second = utf8[position + 1];
    int third = position + 2 < end ? utf8[position + 2] : 0;
    return position + length(second, third);
  }

  /** The same in lower, upper or mixed case. The long s, U+017F, is an s too. */
  static int endInAnyCase(byte[] utf8, int position, int end) {
    if (position + 1 >= end || utf8[position] != '\'') {
      return position;
    }
    int second = utf8[position + 1];
    int third = position + 2 < end ? utf8[position + 2] : 0;
    if (second == (byte) 0xC5 && third == (byte) 0xBF) {
      return position + 3;
    }
    return position + length(second | 0x20, third | 0x20);
  }

  private static int length(int second, int third) {
    return switch (second) {
      case 's', 't', 'm', 'd' -> 2;
      case 'r', 'v' -> third == 'e' ? 3 : 0;
      case 'l' -> third == 'l' ? 3 : 0;
      default -> 0;
    };
  }
}
