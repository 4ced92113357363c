package org.kindling.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A text that comes in pieces and ends at a stop string, wherever the pieces' borders are. Bytes
 * are handed on as soon as it is sure that they belong to the text: those that may be the beginning
 * of a stop string wait, and so do the first bytes of a character that is not complete. Not
 * thread-safe.
 *
 * <pre>{@code
 * TextStream text = new TextStream(List.of("\n\n"), System.out::writeBytes);
 * text.append(bytes("one\n")); // true; prints "one"
 * text.append(bytes("two\n")); // true; prints "\ntwo"
 * text.append(bytes("\nmore")); // false; prints nothing
 * }</pre>
 */
public final class TextStream {
  private final byte[][] stops;

  /** By stop string and length matched: the longest shorter beginning that this also ends with. */
  private final int[][] fallbacks;

  /** By stop string: how much of it the text ends with. */
  private final int[] matched;

  private final Consumer<byte[]> out;
  private byte[] waiting = new byte[64];
  private int length;

  /**
   * @param stops end the text; they are no part of it
   * @param out receives the text's bytes, at least one at a time
   * @throws IllegalArgumentException if a stop string is empty
   */
  public TextStream(List<String> stops, Consumer<byte[]> out) {
    this.out = out;
    this.stops = new byte[stops.size()][];
    fallbacks = new int[stops.size()][];
    matched = new int[stops.size()];
    for (int i = 0; i < matched.length; i++) {
      if (stops.get(i).isEmpty()) {
        throw new IllegalArgumentException("--stop: is empty; give some text");
      }
      this.stops[i] = stops.get(i).getBytes(StandardCharsets.UTF_8);
      fallbacks[i] = fallbacks(this.stops[i]);
    }
  }

  /** The failure function of Knuth, Morris and Pratt. */
  private static int[] fallbacks(byte[] stop) {
    int[] fallbacks = new int[stop.length];
    int length = 0;
    for (int i = 1; i < stop.length; i++) {
      length = extended(stop, fallbacks, length, stop[i]);
      fallbacks[i] = length;
    }
    return fallbacks;
  }

  private static int extended(byte[] stop, int[] fallbacks, int matched, byte next) {
    int length = matched;
    while (length > 0 && stop[length] != next) {
      length = fallbacks[length - 1];
    }
    return stop[length] == next ? length + 1 : length;
  }

  /**
   * Appends a piece. The stop string that is complete first ends the text, of several at the same
   * byte the longest.
   *
   * @return false once a stop string has ended the text, which then takes no more
   */
  public boolean append(byte[] piece) {
    for (byte next : piece) {
      if (length == waiting.length) {
        waiting = Arrays.copyOf(waiting, 2 * length);
      }
      waiting[length++] = next;
      int stop = matchedWith(next);
      if (stop > 0) {
        handOn(length - stop);
        return false;
      }
    }
    int begun = Arrays.stream(matched).max().orElse(0);
    handOn(whole(length - begun));
    return true;
  }

  /** Hands on what waits: no more comes. */
  public void end() {
    handOn(length);
  }

  /** Length of the longest stop string that is complete with this byte, or 0. */
  private int matchedWith(byte next) {
    int longest = 0;
    for (int i = 0; i < stops.length; i++) {
      matched[i] = extended(stops[i], fallbacks[i], matched[i], next);
      if (matched[i] == stops[i].length) {
        longest = Math.max(longest, stops[i].length);
      }
    }
    return longest;
  }

  /** So many of the first bytes, less those of a character that is cut off. */
  private int whole(int bytes) {
    for (int back = 1; back <= Math.min(3, bytes); back++) {
      int last = waiting[bytes - back] & 0xFF;
      if (last < 0x80) {
        return bytes;
      }
      if (last >= 0xC0) {
        int width = last < 0xE0 ? 2 : last < 0xF0 ? 3 : 4;
        return width > back ? bytes - back : bytes;
      }
    }
    return bytes;
  }

  private void handOn(int bytes) {
    if (bytes == 0) {
      return;
    }
    out.accept(Arrays.copyOf(waiting, bytes));
    System.arraycopy(waiting, bytes, waiting, 0, length - bytes);
    length -= bytes;
  }
}
