package org.kindling.corpus;

/**
 * Where things are in an {@code .idx} file of S sequences and D documents: a header of 34 bytes, S
 * lengths (i32), S byte offsets into {@code .bin} (i64) and D + 1 document starts (i64).
 *
 * @param sequences S
 * @param documentStarts D + 1
 */
record IndexLayout(long sequences, long documentStarts) {
  static final byte[] MAGIC = {'M', 'M', 'I', 'D', 'I', 'D', 'X', 0, 0};
  static final long VERSION = 1;
  static final int VERSION_AT = 9;
  static final int TYPE_AT = 17;
  static final int SEQUENCES_AT = 18;
  static final int DOCUMENTS_AT = 26;
  static final int HEADER_BYTES = 34;

  long lengthAt(long sequence) {
    return HEADER_BYTES + 4 * sequence;
  }

  long offsetAt(long sequence) {
    return HEADER_BYTES + 4 * sequences + 8 * sequence;
  }

  long documentAt(long document) {
    return HEADER_BYTES + 12 * sequences + 8 * document;
  }

  /** Size of the whole file. */
  long sizeBytes() {
    return documentAt(documentStarts);
  }
}
