package org.kindling.tokenizer;

import static org.kindling.tokenizer.CharacterClasses.LETTER;
import static org.kindling.tokenizer.CharacterClasses.NEWLINE;
import static org.kindling.tokenizer.CharacterClasses.NUMBER;
import static org.kindling.tokenizer.CharacterClasses.OTHER;
import static org.kindling.tokenizer.CharacterClasses.SPACE;
import static org.kindling.tokenizer.CharacterClasses.WHITE_SPACE;

/**
 * How text is cut into pieces before pairs merge; merges never cross a cut. Named after the
 * encodings that introduced each, with the regular expression that defines it.
 */
enum Splitting {
  /** Also what HuggingFace's {@code ByteLevel} does with {@code use_regex}. */
  GPT2("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"),

  CL100K(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

  O200K(
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
          + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

  private final String regex;

  Splitting(String regex) {
    this.regex = regex;
  }

  /** As {@code tokenizer.json} writes it. */
  String regex() {
    return regex;
  }

  /**
   * The end of the piece that starts at {@code start}. What lies before {@code start} has no say.
   *
   * @param utf8 valid UTF-8
   * @param start first byte of a character, before {@code end}
   * @param end where the text ends
   */
  int next(byte[] utf8, int start, int end) {
    // A switch, not overridden methods: the compiler then inlines the one in use.
    return switch (this) {
      case GPT2 -> Gpt2Splitter.next(utf8, start, end);
      case CL100K -> Cl100kSplitter.next(utf8, start, end);
      case O200K -> O200kSplitter.next(utf8, start, end);
    };
  }

  /**
   * Where further pieces begin, less than 64 bytes after the one at {@code start}: the first few,
   * as many as can be told without a look at what follows. Bit <i>i</i> is for {@code start + i}.
   *
   * @param utf8 valid UTF-8
   * @param start where a piece begins
   * @param end where the text ends
   * @param window to work with
   * @return 0 if none can be told
   */
  long cuts(byte[] utf8, int start, int end, AsciiWindow window) {
    if (!window.read(utf8, start, end)) {
      return 0;
    }
    long cuts =
        switch (this) {
          case GPT2 -> Gpt2Splitter.cuts(window);
          case CL100K -> Cl100kSplitter.cuts(window);
          case O200K -> O200kSplitter.cuts(window);
        };
    return cuts & ~1L;
  }

  /**
   * The last place after {@code from} and before {@code to} where a piece ends and another begins
   * whatever the text after {@code to} is; {@code from} if there is none.
   *
   * @param utf8 valid UTF-8
   * @param from where a piece begins
   */
  int lastCut(byte[] utf8, int from, int to) {
    int right = to;
    int after = 0;
    while (right > from) {
      int left = right - 1;
      while ((utf8[left] & 0xC0) == 0x80) {
        left--;
      }
      int before = CharacterClasses.at(utf8, left);
      if (after != 0 && isCut(before, after, utf8[right])) {
        return right;
      }
      after = before;
      right = left;
    }
    return this == GPT2 ? from : lastOfThreeNumbers(utf8, from, to);
  }

  /** In a run of numbers, a piece ends after every third. */
  private int lastOfThreeNumbers(byte[] utf8, int from, int to) {
    int position = from;
    while (position < to && CharacterClasses.at(utf8, position) == NUMBER) {
      int end = next(utf8, position, to);
      if (end == to || CharacterClasses.at(utf8, end) != NUMBER) {
        break;
      }
      position = end;
    }
    return position;
  }

  /**
   * Whether a text is one piece of which any beginning may be dropped: the rest, and whatever comes
   * after it, then splits as it would have with it. So for characters of one class, before which
   * there may be one of another unless they are white space: what ends a run of white space depends
   * on all of it.
   *
   * @param utf8 valid UTF-8
   * @param from where a piece begins
   */
  boolean isRun(byte[] utf8, int from, int to) {
    int second = from + Utf8.width(utf8[from]);
    if (second >= to || next(utf8, from, to) != to) {
      return false;
    }
    int first = CharacterClasses.at(utf8, from);
    int run = CharacterClasses.at(utf8, second);
    if (first != run && ((run & WHITE_SPACE) != 0 || (first & (SPACE | OTHER)) == 0)) {
      return false;
    }
    for (int position = second; position < to; position += Utf8.width(utf8[position])) {
      if (CharacterClasses.at(utf8, position) != run) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a piece always ends between two characters of these classes. Numbers share a piece with
   * numbers and white space before them only; no piece goes on from something else to white space
   * but one that takes line ends after symbols; letters go on with letters, marks and, by a
   * contraction, with an apostrophe.
   */
  private static boolean isCut(int before, int after, byte next) {
    if (before == NUMBER || after == NUMBER) {
      return before != after && (before & WHITE_SPACE) == 0;
    }
    return switch (after) {
      case SPACE -> (before & WHITE_SPACE) == 0;
      case NEWLINE -> (before & LETTER) != 0;
      case OTHER -> (before & LETTER) != 0 && next != '\'';
      default -> false;
    };
  }
}
