package org.kindling.spark.quality;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.kindling.spark.documents.DocumentReader;

/**
 * Reads one document after another through and says what the settings want to know of each, in
 * memory that does not depend on their length. Not thread-safe.
 */
final class DocumentMeasure {
  /** As GPT-3's and The Pile's deduplication had it. */
  static final int SHINGLE_WORDS = 5;

  private final QualitySettings settings;
  private final byte[] piece = new byte[1 << 16];
  private final MessageDigest digest = sha256();
  private final MinHash set = new MinHash();
  private final Shingles shingles = new Shingles(SHINGLE_WORDS, set::add);
  private final Repetition repetition = new Repetition();
  private final WordHashes words;
  private final boolean countsWords;
  private long sizeBytes;
  private long characters;

  DocumentMeasure(QualitySettings settings) {
    this.settings = settings;
    this.words = new WordHashes(this::addWord);
    this.countsWords = settings.dedup() == Dedup.NEAR || settings.limitsRepetition();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void addWord(long word) {
    if (settings.dedup() == Dedup.NEAR) {
      shingles.accept(word);
    }
    if (settings.limitsRepetition()) {
      repetition.words().accept(word);
    }
  }

  /** The current document of the reader, as {@link Measured} has it. */
  byte[] measure(DocumentReader reader, int group) throws IOException {
    sizeBytes = 0;
    characters = 0;
    set.restart();
    for (int n = reader.read(piece, 0, piece.length);
        n > 0;
        n = reader.read(piece, 0, piece.length)) {
      accept(n);
    }
    words.endDocument();
    shingles.endDocument();
    double repeated = settings.limitsRepetition() ? repetition.endDocument() : 0;
    byte[] hash = settings.dedup() == Dedup.NONE ? new byte[Measured.HASH_BYTES] : digest.digest();
    DocumentKey key =
        new DocumentKey(group, reader.ordinal(), reader.part(), reader.position(), sizeBytes);
    DropReason reason = reason(repeated);
    return reason == null
        ? Measured.kept(hash, key, set)
        : Measured.dropped(
            hash, key, reason, reason == DropReason.REPETITIVE ? repeated : characters);
  }

  private void accept(int length) {
    sizeBytes += length;
    characters += characters(length);
    if (settings.dedup() != Dedup.NONE) {
      digest.update(piece, 0, length);
    }
    if (countsWords) {
      words.accept(piece, length);
    }
    if (settings.limitsRepetition()) {
      repetition.accept(piece, length);
    }
  }

  /** Code points: every byte but those that continue one. */
  private int characters(int length) {
    int continuing = 0;
    for (int i = 0; i < length; i++) {
      continuing += piece[i] < (byte) 0xc0 ? 1 : 0;
    }
    return length - continuing;
  }

  private DropReason reason(double repeated) {
    if (characters < settings.minCharacters()) {
      return DropReason.TOO_SHORT;
    }
    if (characters > settings.maxCharacters()) {
      return DropReason.TOO_LONG;
    }
    return repeated > settings.maxRepetition() ? DropReason.REPETITIVE : null;
  }
}
