package org.kindling.kernels;

/**
 * Which positions of how many sequences one pass computes, and what of the text before them they
 * may see. A pass computes the same number of positions of every sequence; row r of an activation
 * matrix is position {@code r % computed} of sequence {@code r / computed}, counted from the
 * sequence's first computed one. Immutable, but for the arrays that it was made of.
 *
 * <pre>{@code
 * Sequences.whole(8, 256);                                     // training: 8 sequences of 256
 * Sequences.documents(8, 256, starts);                         // the same, documents kept apart
 * Sequences.continued(new int[] {17, 4}, new int[] {0, 1}, 1, 256); // decoding: one token each
 * }</pre>
 */
public final class Sequences {
  private final int count;
  private final int computed;
  private final int capacity;

  /** Per sequence; null where all are 0. */
  private final int[] first;

  /** Per sequence; null where sequence s has slot s. */
  private final int[] slots;

  /** [count, computed]; null where every text begins at position 0. */
  private final int[] documentStarts;

  private Sequences(
      int count, int computed, int capacity, int[] first, int[] slots, int[] documentStarts) {
    if (count < 1 || computed < 1) {
      throw new IllegalArgumentException(
          "no positions to compute: " + count + " sequences of " + computed);
    }
    this.count = count;
    this.computed = computed;
    this.capacity = capacity;
    this.first = first;
    this.slots = slots;
    this.documentStarts = documentStarts;
  }

  /** Sequences computed from their start, each one text. */
  public static Sequences whole(int count, int length) {
    return documents(count, length, null);
  }

  /**
   * Sequences computed from their start, whose documents do not see each other.
   *
   * @param documentStarts [count, length], where the document of each position begins; null if a
   *     sequence is one text
   */
  public static Sequences documents(int count, int length, int[] documentStarts) {
    return new Sequences(count, length, length, null, null, documentStarts);
  }

  /**
   * Sequences whose keys and values of earlier positions are there from earlier passes.
   *
   * @param first [count], positions of each sequence that were computed before
   * @param slots [count], where each sequence's keys and values lie
   * @param computed positions that this pass computes of each
   * @param capacity positions of one slot
   */
  public static Sequences continued(int[] first, int[] slots, int computed, int capacity) {
    for (int before : first) {
      if (before < 0 || before + computed > capacity) {
        throw new IllegalArgumentException(
            "positions " + before + " to " + (before + computed) + " of at most " + capacity);
      }
    }
    return new Sequences(first.length, computed, capacity, first, slots, null);
  }

  public int count() {
    return count;
  }

  /** Positions computed per sequence. */
  public int computed() {
    return computed;
  }

  /** Positions from the keys of one slot to those of the next. */
  public int capacity() {
    return capacity;
  }

  /** Positions computed in all: rows of every activation matrix. */
  public int rows() {
    return count * computed;
  }

  /** The first computed position of a sequence. */
  public int first(int sequence) {
    return first == null ? 0 : first[sequence];
  }

  /** The position after the last computed one of a sequence: keys that are there after the pass. */
  public int end(int sequence) {
    return first(sequence) + computed;
  }

  /** Where the keys and values of a sequence lie, in slots of {@link #capacity} positions. */
  public int slot(int sequence) {
    return slots == null ? sequence : slots[sequence];
  }

  /** Whether every sequence is computed from its start. */
  public boolean areWhole() {
    return first == null;
  }

  /**
   * What a backward pass wants.
   *
   * @throws IllegalArgumentException if sequences go on
   */
  public void requireWhole() {
    if (!areWhole()) {
      throw new IllegalArgumentException(
          "attention: backward wants whole sequences, found some that go on");
    }
  }

  /** Whether a sequence may hold several documents, which do not see each other. */
  public boolean haveDocuments() {
    return documentStarts != null;
  }

  /** The position, in its sequence, at which the document of a row begins. */
  public int documentStart(int row) {
    return documentStarts == null ? 0 : documentStarts[row];
  }

  /** Position of a row within its document: what position embeddings and rotations count. */
  public int position(int row) {
    return first(row / computed) + row % computed - documentStart(row);
  }
}
