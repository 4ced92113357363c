package org.kindling.model.count;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Counted n-grams in the order of their tokens: a trie as one sorted array for each length. The
 * continuations of a node lie next to each other. Immutable; threads may share it.
 */
public final class SortedNgrams {
  /** "KNGRAM", version 1. */
  private static final byte[] MAGIC = {'K', 'N', 'G', 'R', 'A', 'M', 0, 1};

  private final int vocabulary;
  private final long[][] keys;
  private final long[] counts;

  /**
   * @param keys for each length, place of the parent · vocabulary + token, ascending
   * @param counts of the longest
   */
  SortedNgrams(int vocabulary, long[][] keys, long[] counts) {
    this.vocabulary = vocabulary;
    this.keys = keys;
    this.counts = counts;
  }

  /** Tokens of an n-gram. */
  public int order() {
    return keys.length;
  }

  public int vocabulary() {
    return vocabulary;
  }

  /** Different sequences of this many tokens. */
  public int distinct(int length) {
    return keys[length - 1].length;
  }

  /** Different sequences of every length up to the order: numbers that a model keeps. */
  public long parameters() {
    return Arrays.stream(keys).mapToLong(level -> level.length).sum();
  }

  /** Occurrences of the n-gram at a place. */
  long count(int place) {
    return counts[place];
  }

  /** The last token of the sequence at a place. */
  int token(int length, int place) {
    return (int) (keys[length - 1][place] % vocabulary);
  }

  /** Place, among those one token shorter, of the sequence without its last token. */
  int parent(int length, int place) {
    return (int) (keys[length - 1][place] / vocabulary);
  }

  /** Place of a sequence continued by a token, or negative if that never occurs. */
  int child(int length, int parent, int token) {
    return Arrays.binarySearch(keys[length], (long) parent * vocabulary + token);
  }

  /**
   * Place of a sequence of tokens, or negative if it never occurs; the empty one's is 0.
   *
   * @param from first token
   * @param length of the sequence, at most the order
   */
  int find(int[] tokens, int from, int length) {
    int place = 0;
    for (int i = 0; i < length && place >= 0; i++) {
      place = child(i, place, tokens[from + i]);
    }
    return place;
  }

  /**
   * Writes magic, vocabulary, order and number of n-grams, then each n-gram: how many leading
   * tokens it shares with the one before it (one byte), its other tokens and its count. Numbers are
   * unsigned LEB128.
   */
  public void write(OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.write(MAGIC);
    writeVariable(data, vocabulary);
    writeVariable(data, order());
    writeVariable(data, counts.length);
    int[] before = new int[order()];
    int[] tokens = new int[order()];
    for (int place = 0; place < counts.length; place++) {
      tokensOf(place, tokens);
      int shared = place == 0 ? 0 : Arrays.mismatch(before, tokens);
      data.writeByte(shared);
      for (int i = shared; i < tokens.length; i++) {
        writeVariable(data, tokens[i]);
      }
      writeVariable(data, counts[place]);
      System.arraycopy(tokens, 0, before, 0, tokens.length);
    }
    data.flush();
  }

  private void tokensOf(int last, int[] tokens) {
    int place = last;
    for (int length = order(); length > 0; length--) {
      tokens[length - 1] = token(length, place);
      place = parent(length, place);
    }
  }

  private static void writeVariable(DataOutputStream out, long value) throws IOException {
    long rest = value;
    while (rest >= 0x80) {
      out.writeByte((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalStateException saying what is wrong with the bytes
   */
  public static SortedNgrams read(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    try {
      byte[] magic = new byte[MAGIC.length];
      data.readFully(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new IllegalStateException("does not begin as counted n-grams do");
      }
      long vocabulary = readVariable(data);
      long order = readVariable(data);
      long ngrams = readVariable(data);
      boolean possible = vocabulary > 0 && order > 0 && order < 256;
      if (!possible || vocabulary > Integer.MAX_VALUE || ngrams > Integer.MAX_VALUE) {
        throw new IllegalStateException("has sizes that cannot be");
      }
      return readAll(data, (int) vocabulary, (int) order, ngrams);
    } catch (EOFException e) {
      throw new IllegalStateException("ends before its last n-gram", e);
    }
  }

  private static SortedNgrams readAll(DataInputStream in, int vocabulary, int order, long ngrams)
      throws IOException {
    NgramCounts counts = new NgramCounts(order, vocabulary);
    int[] before = new int[order];
    int[] tokens = new int[order];
    for (long i = 0; i < ngrams; i++) {
      int shared = in.readUnsignedByte();
      for (int at = shared; at < order; at++) {
        long token = readVariable(in);
        if (token >= vocabulary) {
          throw new IllegalStateException("has a token outside its vocabulary");
        }
        tokens[at] = (int) token;
      }
      if (i > 0 && Arrays.compare(before, tokens) >= 0) {
        throw new IllegalStateException("has n-grams out of order");
      }
      counts.addOne(tokens, 0, readVariable(in));
      System.arraycopy(tokens, 0, before, 0, order);
    }
    return counts.sorted();
  }

  private static long readVariable(DataInputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = in.readUnsignedByte();
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new IllegalStateException("has a number without an end");
  }
}
