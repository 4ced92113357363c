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
      return AsciiLetters.lettersEnd(utf8, start, end);
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
      return AsciiLetters.lettersEnd(utf8, second, end);
    }
    if ((kind & SYMBOL) != 0 || (first == ' ' && (following & SYMBOL) != 0)) {
      return symbols(utf8, second, end);
    }
    return WhiteSpace.linesEnd(utf8, start, end);
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

  /** See {@link Splitting#cuts}. */
  static long cuts(AsciiWindow window) {
    long symbols = symbolCuts(window);
    long cuts = symbols | wordCuts(window, symbols) | numberCuts(window) | whiteSpaceCuts(window);
    long contractions = symbols & window.apostrophes & window.letters >>> 1;
    return cuts & AsciiWindow.upTo(contractions) & beforeEmptyLines(window);
  }

  /** Where runs of symbols begin that do not take in the space before. */
  static long symbolCuts(AsciiWindow window) {
    return window.symbols & ~((window.symbols | window.spaces) << 1);
  }

  /**
   * Where words begin that do not take in the one character before.
   *
   * @param symbols what {@link #symbolCuts} found
   */
  static long wordCuts(AsciiWindow window, long symbols) {
    return window.letters & ~((window.letters | window.blanks | symbols) << 1);
  }

  /** Where up to three numbers begin. */
  static long numberCuts(AsciiWindow window) {
    long digits = window.digits;
    long cuts = digits & ~(digits << 1);
    long fourths = digits & digits << 1 & digits << 2 & digits << 3;
    if (fourths != 0) {
      for (long third = cuts; third != 0; third = third << 3 & fourths) {
        cuts |= third;
      }
    }
    return cuts;
  }

  /** Where white space begins, after its last line end, and before a blank that others follow. */
  static long whiteSpaceCuts(AsciiWindow window) {
    long whiteSpace = window.blanks | window.newlines;
    long others = window.all & ~whiteSpace;
    long symbolsLineEnds = window.newlines & window.symbols << 1;
    return whiteSpace & ~(whiteSpace << 1) & ~symbolsLineEnds
        | window.blanks & others >>> 1
        | indents(window);
  }

  /** Where blanks after a line end begin, but for those that go on beyond the window. */
  private static long indents(AsciiWindow window) {
    int afterLast = 64 - Long.numberOfLeadingZeros(window.all & ~window.blanks);
    return window.blanks & window.newlines << 1 & ~(1L << afterLast);
  }

  /**
   * What lies before the first indent that nothing but a line end follows: whether a piece begins
   * there depends on what was before.
   */
  static long beforeEmptyLines(AsciiWindow window) {
    long indents = indents(window);
    // The sum carries through a run of blanks and leaves a bit where it ends.
    long emptyLines = window.blanks + indents & window.newlines;
    return emptyLines == 0
        ? -1
        : Long.highestOneBit(indents & Long.lowestOneBit(emptyLines) - 1) - 1;
  }
}
