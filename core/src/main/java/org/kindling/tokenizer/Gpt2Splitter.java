package org.kindling.tokenizer;

import static org.kindling.tokenizer.CharacterClasses.LETTER;
import static org.kindling.tokenizer.CharacterClasses.NUMBER;
import static org.kindling.tokenizer.CharacterClasses.SYMBOL;
import static org.kindling.tokenizer.CharacterClasses.WHITE_SPACE;

/** Cuts UTF-8 text into the pieces of {@link Splitting#GPT2} without a regular expression. */
final class Gpt2Splitter {
  private Gpt2Splitter() {}

  /** See {@link Splitting#next}. */
  static int next(byte[] utf8, int start, int end) {
    int position = start;
    byte first = utf8[position];
    if (first == '\'') {
      int contraction = Contractions.end(utf8, position, end);
      if (contraction > position) {
        return contraction;
      }
    }
    if (first == ' ' && position + 1 < end) {
      position++;
    }
    int kind = CharacterClasses.at(utf8, position);
    if ((kind & WHITE_SPACE) != 0) {
      return WhiteSpace.runEnd(utf8, start, end);
    }
    if ((kind & LETTER) != 0) {
      return AsciiLetters.lettersEnd(utf8, position, end);
    }
    int run = kind == NUMBER ? NUMBER : SYMBOL;
    do {
      position += Utf8.width(utf8[position]);
    } while (position < end && (CharacterClasses.at(utf8, position) & run) != 0);
    return position;
  }

  /** See {@link Splitting#cuts}. */
  static long cuts(AsciiWindow window) {
    long whiteSpace = window.blanks | window.newlines;
    long others = window.all & ~whiteSpace;
    long symbols = Cl100kSplitter.symbolCuts(window);
    long cuts =
        symbols
            | window.letters & ~((window.letters | window.spaces) << 1)
            | window.digits & ~((window.digits | window.spaces) << 1)
            | whiteSpace & ~(whiteSpace << 1)
            | whiteSpace & others >>> 1;
    long contractions = symbols & window.apostrophes & window.letters >>> 1;
    return cuts & AsciiWindow.upTo(contractions);
  }
}
