package org.kindling.benchmarks;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * Compares the published encodings with jtokkit's, on as many random strings as are asked for and
 * on files: the long form of what the unit tests do.
 *
 * <pre>{@code
 * java -cp benchmarks.jar org.kindling.benchmarks.EncodingCheck 1000000 sources.txt
 * }</pre>
 */
public final class EncodingCheck {
  private static final int CHARACTERS_PER_CALL = 1 << 15;
  private static final String[] FRAGMENTS = {
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "'s",
    "'LL",
    "'Re",
    "'t",
    "'VE",
    "'",
    "a",
    "B",
    "Foo",
    " the",
    "ß",
    "Ⅷ",
    "ǅ",
    "ʰ",
    "中",
    "ありがとう",
    "\u0301",
    "é",
    "😀",
    "123",
    "٣",
    "/",
    "//",
    "...",
    " \n",
    "\u00a0",
    "\u3000",
    "\u0085",
    "\u200b",
    "\u200d",
    "\u2028",
    "\u001c",
    "_",
    "(",
    "\u017f",
    "'\u017f",
    "\u212a",
    "<|endoftext|>",
    "\0",
    "½",
    "ИВАН",
    "हिन्दी",
    "ไทย",
    "한국어",
    "ABC",
    "中A",
    "aB",
    "🏳\ufe0f\u200d🌈",
    "𝟘",
    "𐐀𐐨",
    "aaaaaaaaaaaaaaaaaaaa",
    "                    ",
    "========"
  };

  private final Tokenizer ours;
  private final Encoding theirs;
  private long compared;
  private long differing;
  private String firstDifference;

  EncodingCheck(String name) {
    ours = Tokenizers.named(name).orElseThrow();
    theirs =
        Encodings.newLazyEncodingRegistry()
            .getEncoding(name.equals("gpt2") ? "r50k_base" : name)
            .orElseThrow();
  }

  /** Arguments: number of random strings, then files in UTF-8. Fails if anything differs. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 0) {
      System.err.println("EncodingCheck: give the number of random strings, then any files");
      System.exit(2);
    }
    boolean same = true;
    for (String name : new String[] {"gpt2", "cl100k_base", "o200k_base"}) {
      EncodingCheck check = new EncodingCheck(name);
      check.randomStrings(Long.parseLong(arguments[0]), 20_260_101);
      for (int i = 1; i < arguments.length; i++) {
        check.file(Path.of(arguments[i]));
      }
      same &= check.report(name, System.out);
    }
    System.exit(same ? 0 : 1);
  }

  void randomStrings(long count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < count; i++) {
      compare(next(random));
    }
  }

  void file(Path file) throws IOException {
    String text = Files.readString(file);
    for (int start = 0; start < text.length(); ) {
      int end = Math.min(text.length(), start + CHARACTERS_PER_CALL);
      if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
        end++;
      }
      compare(text.substring(start, end));
      start = end;
    }
  }

  /** Prints one line; true if nothing differed. */
  boolean report(String name, PrintStream out) {
    out.printf("%s: %d texts compared, %d differ%n", name, compared, differing);
    if (firstDifference != null) {
      out.printf("%s: the first is \"%s\"%n", name, firstDifference);
    }
    return differing == 0;
  }

  private void compare(String text) {
    int[] ids = ours.encode(text);
    compared++;
    boolean same =
        Arrays.equals(ids, theirs.encodeOrdinary(text).toArray())
            && ours.decodeText(ids).equals(text);
    if (!same && differing++ == 0) {
      firstDifference = text;
    }
  }

  private static String next(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    int arbitrary = random.nextInt(4);
    for (int n = 1 + random.nextInt(14); n > 0; n--) {
      if (random.nextInt(4) < arbitrary) {
        text.appendCodePoint(character(random));
      } else {
        text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
      }
    }
    return text.toString();
  }

  private static int character(SplittableRandom random) {
    int c = random.nextInt(random.nextInt(8) == 0 ? Character.MAX_CODE_POINT + 1 : 0x3100);
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 'x' : c;
  }
}
