package org.kindling.tokenizer;

import static org.kindling.tokenizer.CharacterClasses.NEWLINE;
import static org.kindling.tokenizer.CharacterClasses.WHITE_SPACE;

/** Where a piece of white space ends. */
final class WhiteSpace {
  private WhiteSpace() {}

  /** {@code \s+(?!\S)|\s+}: a run, less its last character if a word follows that may want it. */
  static int runEnd(byte[] utf8, int start, int end) {
    int position = start;
    int last = start;
    while (position < end && (CharacterClasses.at(utf8, position) & WHITE_SPACE) != 0) {
      last = position;
      position += Utf8.width(utf8[position]);
    }
    return position == end || last == start ? position : last;
  }

  /** {@code \s*[\r\n]+|\s+(?!\S)|\s+}: up to the last line end of a run, if it has one. */
  static int linesEnd(byte[] utf8, int start, int end) {
    int position = start;
    int last = start;
    int afterNewline = -1;
    while (position < end) {
      int kind = CharacterClasses.at(utf8, position);
      if ((kind & WHITE_SPACE) == 0) {
        break;
      }
      last = position;
      position += Utf8.width(utf8[position]);
      if (kind == NEWLINE) {
        afterNewline = position;
      }
    }
    if (afterNewline >= 0) {
      return afterNewline;
    }
    return position == end || last == start ? position : last;
  }
}
