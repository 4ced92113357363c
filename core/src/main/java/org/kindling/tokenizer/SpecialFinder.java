package org.kindling.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;

/** Finds special tokens in text: the first, and of those that begin there the longest. */
final class SpecialFinder {
  // Longest first.
  private final byte[][] texts;
  private final int[] ids;
  private final boolean[] isFirstByte = new boolean[256];

  SpecialFinder(SortedMap<Integer, String> specials) {
    var longestFirst =
        specials.entrySet().stream()
            .filter(special -> !special.getValue().isEmpty())
            .sorted(Comparator.comparing(special -> -special.getValue().length()))
            .toList();
    texts = new byte[longestFirst.size()][];
    ids = new int[texts.length];
    for (int i = 0; i < texts.length; i++) {
      Map.Entry<Integer, String> special = longestFirst.get(i);
      texts[i] = special.getValue().getBytes(StandardCharsets.UTF_8);
      ids[i] = special.getKey();
      isFirstByte[texts[i][0] & 0xFF] = true;
    }
  }

  /** Where the first special token begins, or {@code to}. */
  int find(byte[] utf8, int from, int to) {
    for (int position = from; position < to; position++) {
      if (isFirstByte[utf8[position] & 0xFF] && indexAt(utf8, position, to) >= 0) {
        return position;
      }
    }
    return to;
  }

  /** Which special token begins here, as an index for the methods below; -1 if none does. */
  int indexAt(byte[] utf8, int position, int to) {
    for (int i = 0; i < texts.length; i++) {
      int end = position + texts[i].length;
      if (end <= to && Arrays.equals(utf8, position, end, texts[i], 0, texts[i].length)) {
        return i;
      }
    }
    return -1;
  }

  int id(int index) {
    return ids[index];
  }

  int length(int index) {
    return texts[index].length;
  }

  String text(int index) {
    return new String(texts[index], StandardCharsets.UTF_8);
  }

  /**
   * Where the last bytes begin that what follows may complete to a special token, or {@code to}. A
   * complete one that could yet become a longer one counts too.
   */
  int openEnd(byte[] utf8, int from, int to) {
    int longest =
        texts.length == 0 ? 0 : Arrays.stream(texts).mapToInt(t -> t.length).max().orElse(0);
    for (int position = Math.max(from, to - longest + 1); position < to; position++) {
      for (byte[] text : texts) {
        int held = to - position;
        if (held < text.length && Arrays.equals(utf8, position, to, text, 0, held)) {
          return position;
        }
      }
    }
    return to;
  }
}
