package org.kindling.spark.quality;

import java.util.function.LongConsumer;

/**
 * How much of a document says again what it has said, from 0 to 1: the largest of the share of
 * lines that equal an earlier line, the share of bytes in such lines, and the share of words in the
 * most frequent 4-gram of words, if that occurs more than once. Blank lines are left out. Only the
 * first 2^20 different lines and 4-grams of a document are remembered. Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/2112.11446">Rae et al. 2021 (Gopher), table A1</a>
 */
final class Repetition {
  private static final int GRAM_WORDS = 4;

  private final HashCounts lineCounts = new HashCounts();
  private final HashCounts gramCounts = new HashCounts();
  private final Shingles grams = new Shingles(GRAM_WORDS, this::addGram);
  private long lineHash;
  private long lineBytes;
  private boolean blank = true;
  private long lines;
  private long bytes;
  private long repeatedLines;
  private long repeatedBytes;
  private int mostFrequent;

  /** Where the words of the document go. */
  LongConsumer words() {
    return grams;
  }

  /** Takes some bytes of the document. */
  void accept(byte[] utf8, int length) {
    for (int i = 0; i < length; i++) {
      byte b = utf8[i];
      if (b == '\n') {
        endLine();
      } else {
        lineHash = (lineHash + b) * 0x9e3779b97f4a7c15L;
        lineBytes++;
        blank &= b == ' ' || b == '\t' || b == '\r';
      }
    }
  }

  private void endLine() {
    if (!blank) {
      lines++;
      bytes += lineBytes;
      if (lineCounts.add(Hashing.mix(lineHash)) > 1) {
        repeatedLines++;
        repeatedBytes += lineBytes;
      }
    }
    lineHash = 0;
    lineBytes = 0;
    blank = true;
  }

  private void addGram(long hash) {
    mostFrequent = Math.max(mostFrequent, gramCounts.add(hash));
  }

  /** The score; makes ready for another document. The words must have ended. */
  double endDocument() {
    endLine();
    long words = grams.words();
    double ofWords = mostFrequent > 1 ? Math.min(1, (double) GRAM_WORDS * mostFrequent / words) : 0;
    double ofLines = lines == 0 ? 0 : (double) repeatedLines / lines;
    double ofBytes = bytes == 0 ? 0 : (double) repeatedBytes / bytes;
    clear();
    return Math.max(ofWords, Math.max(ofLines, ofBytes));
  }

  private void clear() {
    grams.endDocument();
    lineCounts.clear();
    gramCounts.clear();
    lines = 0;
    bytes = 0;
    repeatedLines = 0;
    repeatedBytes = 0;
    mostFrequent = 0;
  }
}
