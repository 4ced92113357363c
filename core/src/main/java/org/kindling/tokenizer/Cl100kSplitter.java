package org.kindling.tokenizer;

import static org.kindling.tokenizer.CharacterClasses.LETTER;
import static org.kindling.tokenizer.CharacterClasses.NEWLINE;
import static org.kindling.tokenizer.CharacterClasses.NUMBER;
import static org.kindling.tokenizer.CharacterClasses.SYMBOL;

/** Cuts UTF-8 text into the pieces of {@link Splitting#CL100K} without a regular expression. */
final class Cl100kSplitter {
  private Cl100kSplitter() {}

  /** See {@link Splitting#next}. */
  static int next(byte[] utf8, int start, int end) {
    int kind = CharacterClasses.at(utf8, start);
    if ((kind & LETTER) != 0) {
      return letters(utf8, start, end);
    }
    if (kind == NUMBER) {
      return threeNumbers(utf8, start, end);
    }
    if (kind == NEWLINE) {
      return WhiteSpace.linesEnd(utf8, start, end);
    }
    byte first = utf8[start];
    if (first == '\'') {
      int contraction = Contractions.endInAnyCase(utf8, start, end);
      if (contraction > start) {
        return contraction;
      }
    }
    int second = start + Utf8.width(first);
    int following = second < end ? CharacterClasses.at(utf8, second) : 0;
    if ((following & LETTER) != 0) {
      return letters(utf8, second, end);
    }
    if ((kind & SYMBOL) != 0 || (first == ' ' && (following & SYMBOL) != 0)) {
      return symbols(utf8, second, end);
    }
    return WhiteSpace.linesEnd(utf8, start, end);
  }

  private static int letters(byte[] utf8, int start, int end) {
    int position = start;
    do {
      position += Utf8.width(utf8[position]);
    } while (position < end && (CharacterClasses.at(utf8, position) & LETTER) != 0);
    return position;
  }

  /** Up to three; the first is known to be one. */
  static int threeNumbers(byte[] utf8, int start, int end) {
    int position = start;
    int count = 0;
    do {
      position += Utf8.width(utf8[position]);
      count++;
    } while (count < 3 && position < end && CharacterClasses.at(utf8, position) == NUMBER);
    return position;
  }

  /** The rest of a run of symbols and the line ends after it. */
  private static int symbols(byte[] utf8, int start, int end) {
    int position = start;
    while (position < end && (CharacterClasses.at(utf8, position) & SYMBOL) != 0) {
      position += Utf8.width(utf8[position]);
    }
    while (position < end && (utf8[position] == '\n' || utf8[position] == '\r')) {
      position++;
    }
    return position;
  }
}
