package org.kindling.tokenizer;

import static org.kindling.tokenizer.CharacterClasses.CASELESS;
import static org.kindling.tokenizer.CharacterClasses.LETTER;
import static org.kindling.tokenizer.CharacterClasses.LOWER;
import static org.kindling.tokenizer.CharacterClasses.MARK;
import static org.kindling.tokenizer.CharacterClasses.NEWLINE;
import static org.kindling.tokenizer.CharacterClasses.NUMBER;
import static org.kindling.tokenizer.CharacterClasses.OTHER;
import static org.kindling.tokenizer.CharacterClasses.SYMBOL;
import static org.kindling.tokenizer.CharacterClasses.UPPER;

/** Cuts UTF-8 text into the pieces of {@link Splitting#O200K} without a regular expression. */
final class O200kSplitter {
  private static final int WORD = LETTER | MARK;

  private O200kSplitter() {}

  /** See {@link Splitting#next}. */
  static int next(byte[] utf8, int start, int end) {
    int kind = CharacterClasses.at(utf8, start);
    if ((kind & WORD) != 0) {
      return word(utf8, start, end);
    }
    if (kind == NUMBER) {
      return Cl100kSplitter.threeNumbers(utf8, start, end);
    }
    if (kind == NEWLINE) {
      return WhiteSpace.linesEnd(utf8, start, end);
    }
    int second = start + Utf8.width(utf8[start]);
    int following = second < end ? CharacterClasses.at(utf8, second) : 0;
    if ((following & WORD) != 0) {
      return word(utf8, second, end);
    }
    if (kind == OTHER || (utf8[start] == ' ' && following == OTHER)) {
      return symbols(utf8, second, end);
    }
    return WhiteSpace.linesEnd(utf8, start, end);
  }

  /**
   * A word that ends where upper case begins again, with a contraction. Caseless letters and marks
   * count as either case: upper case letters that no lower case letter follows belong to the word
   * only if no caseless one came before, else they begin the next.
   */
  private static int word(byte[] utf8, int start, int end) {
    int position = start;
    int afterCaseless = -1;
    int kind = 0;
    while (position < end) {
      kind = CharacterClasses.at(utf8, position);
      if ((kind & (UPPER | CASELESS | MARK)) == 0) {
        break;
      }
      position += Utf8.width(utf8[position]);
      if (kind != UPPER) {
        afterCaseless = position;
      }
    }
    if (position < end && kind == LOWER) {
      position = AsciiLetters.lowerEnd(utf8, position, end);
      while (position < end
          && utf8[position] < 0
          && (CharacterClasses.at(utf8, position) & (LOWER | CASELESS | MARK)) != 0) {
        position += Utf8.width(utf8[position]);
        position = AsciiLetters.lowerEnd(utf8, position, end);
      }
    } else if (afterCaseless >= 0) {
      position = afterCaseless;
    }
    return Contractions.endInAnyCase(utf8, position, end);
  }

  /** The rest of a run of symbols and the line ends and slashes after it. */
  private static int symbols(byte[] utf8, int start, int end) {
    int position = start;
    while (position < end && (CharacterClasses.at(utf8, position) & SYMBOL) != 0) {
      position += Utf8.width(utf8[position]);
    }
    while (position < end
        && (utf8[position] == '\n' || utf8[position] == '\r' || utf8[position] == '/')) {
      position++;
    }
    return position;
  }

  /** See {@link Splitting#cuts}. */
  static long cuts(AsciiWindow window) {
    long symbols = Cl100kSplitter.symbolCuts(window);
    long lower = window.letters & ~window.upper;
    long cuts =
        symbols
            | Cl100kSplitter.wordCuts(window, symbols)
            | window.upper & lower << 1
            | Cl100kSplitter.numberCuts(window)
            | Cl100kSplitter.whiteSpaceCuts(window);
    long others = window.all & ~window.letters;
    long contractions = window.apostrophes & window.letters << 1 & ~(others >>> 1);
    long afterLineEnds = window.slashes & window.newlines << 1;
    return cuts
        & AsciiWindow.before(contractions | afterLineEnds)
        & Cl100kSplitter.beforeEmptyLines(window);
  }
}
