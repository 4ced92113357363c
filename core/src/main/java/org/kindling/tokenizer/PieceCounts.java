package org.kindling.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How often each piece occurs in some text: all that byte-pair training needs to know of a corpus.
 * Parts of a corpus are counted on their own and added up; the order does not matter. Not
 * thread-safe.
 */
public final class PieceCounts {
  private static final int PART_HEAD_BYTES = Integer.BYTES + Long.BYTES;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  // The bytes of all pieces, one after the other; piece i is bytes[starts[i], starts[i + 1]).
  private byte[] bytes = new byte[1 << 12];
  private int[] starts = new int[1 << 9];
  private long[] counts = new long[1 << 9];
  private int pieces;
  // Open addressing: piece + 1, or 0 where nothing is.
  private int[] table = new int[1 << 10];

  /**
   * Cuts a text into pieces as GPT-2 does and counts them.
   *
   * @throws IllegalArgumentException if the text holds an unpaired surrogate
   */
  public PieceCounts addText(String text) {
    byte[] utf8 = Utf8.encode(text);
    int start = 0;
    while (start < utf8.length) {
      int end = Splitting.GPT2.next(utf8, start, utf8.length);
      add(utf8, start, end, 1);
      start = end;
    }
    return this;
  }

  /**
   * Adds occurrences of one piece.
   *
   * @throws IllegalArgumentException if the count is negative
   */
  public PieceCounts add(String piece, long count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "count of a piece: found " + count + ", expected 0 or more");
    }
    byte[] utf8 = Utf8.encode(piece);
    add(utf8, 0, utf8.length, count);
    return this;
  }

  /**
   * All pieces and their counts in parts that {@link #add(byte[])} takes, so that parts of one
   * number, of many corpora, can be added up without the others: a piece is always in the part of
   * the same number.
   */
  public List<byte[]> parts(int number) {
    List<ByteArrayOutputStream> parts = new ArrayList<>(number);
    for (int part = 0; part < number; part++) {
      parts.add(new ByteArrayOutputStream());
    }
    byte[] head = new byte[PART_HEAD_BYTES];
    for (int piece = 0; piece < pieces; piece++) {
      int length = starts[piece + 1] - starts[piece];
      ByteBuffer.wrap(head).putInt(length).putLong(counts[piece]);
      // Not by the bits that the table goes by, of which the pieces of a part are to have all.
      int mixed = hash(bytes, starts[piece], starts[piece + 1]) * (int) MULTIPLIER >>> 16;
      int part = mixed % number;
      parts.get(part).write(head, 0, head.length);
      parts.get(part).write(bytes, starts[piece], length);
    }
    return parts.stream().map(ByteArrayOutputStream::toByteArray).toList();
  }

  /** Adds what {@link #parts} made of other counts. */
  public PieceCounts add(byte[] part) {
    ByteBuffer in = ByteBuffer.wrap(part);
    while (in.hasRemaining()) {
      int length = in.getInt();
      long count = in.getLong();
      int start = in.position();
      add(part, start, start + length, count);
      in.position(start + length);
    }
    return this;
  }

  /** Number of different pieces. */
  public int size() {
    return pieces;
  }

  /**
   * One of the pieces.
   *
   * @param index 0 to {@code size() - 1}, in order of first appearance
   */
  public String piece(int index) {
    int start = starts[index];
    return new String(bytes, start, starts[index + 1] - start, StandardCharsets.UTF_8);
  }

  /** How often that piece occurs. */
  public long count(int index) {
    return counts[index];
  }

  int totalBytes() {
    return starts[pieces];
  }

  int start(int piece) {
    return starts[piece];
  }

  byte byteAt(int position) {
    return bytes[position];
  }

  private void add(byte[] utf8, int start, int end, long count) {
    int slot = slotOf(utf8, start, end);
    if (table[slot] != 0) {
      counts[table[slot] - 1] = Math.addExact(counts[table[slot] - 1], count);
      return;
    }
    append(utf8, start, end, count);
    table[slot] = pieces;
    if (pieces * 2 > table.length) {
      rehash();
    }
  }

  private void append(byte[] utf8, int start, int end, long count) {
    int length = end - start;
    int used = starts[pieces];
    if (used + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, grown(bytes.length, (long) used + length));
    }
    if (pieces + 1 == starts.length) {
      starts = Arrays.copyOf(starts, starts.length * 2);
      counts = Arrays.copyOf(counts, starts.length);
    }
    System.arraycopy(utf8, start, bytes, used, length);
    counts[pieces] = count;
    starts[++pieces] = used + length;
  }

  private static int grown(int length, long needed) {
    long wanted = Math.max(2L * length, needed);
    int largest = Integer.MAX_VALUE - 8;
    if (needed > largest) {
      throw new IllegalArgumentException(
          "training text: its different pieces have more than 2 GB together; train on a sample of"
              + " the corpus");
    }
    return (int) Math.min(wanted, largest);
  }

  private int slotOf(byte[] utf8, int start, int end) {
    int mask = table.length - 1;
    int slot = hash(utf8, start, end) & mask;
    while (table[slot] != 0) {
      int piece = table[slot] - 1;
      if (Arrays.equals(bytes, starts[piece], starts[piece + 1], utf8, start, end)) {
        break;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private static int hash(byte[] utf8, int start, int end) {
    long h = end - start;
    for (int i = start; i < end; i++) {
      h = (h ^ utf8[i]) * MULTIPLIER;
      h ^= h >>> 32;
    }
    return (int) h;
  }

  private void rehash() {
    table = new int[table.length * 2];
    for (int piece = 0; piece < pieces; piece++) {
      table[slotOf(bytes, starts[piece], starts[piece + 1])] = piece + 1;
    }
  }
}
