package org.kindling.corpus;

/**
 * Decides which split a document's text goes to. It sees a document's UTF-8 piece by piece. A rule
 * belongs to one thread.
 */
public interface SplitRule {
  /** What {@link #bytesToTrain} answers when only the whole document tells. */
  int UNDECIDED = -1;

  /**
   * Takes the next piece of the document.
   *
   * @param utf8 whole characters, from {@code from} up to {@code to}
   * @return how many of these bytes are for training, the others being for validation; or {@link
   *     #UNDECIDED}, for every piece of the document
   */
  int bytesToTrain(byte[] utf8, int from, int to);

  /** The document's end. The split of all of it, if that was undecided; else of no meaning. */
  Split endDocument();

  /** The document was none: what is known of its pieces is forgotten. */
  void forgetDocument();
}
