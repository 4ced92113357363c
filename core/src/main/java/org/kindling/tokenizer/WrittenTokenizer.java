package org.kindling.tokenizer;

import org.kindling.storage.Sha256;

/** What all tokenizers share: the hash, computed once, and the error for an unknown id. */
abstract class WrittenTokenizer implements Tokenizer {
  // Writing the JSON of the large encodings takes a second; a race computes the same value twice.
  private volatile String hash;

  @Override
  public final String hash() {
    if (hash == null) {
      hash = Sha256.of(toJson());
    }
    return hash;
  }

  final IllegalArgumentException unknownId(int id, int position) {
    return new IllegalArgumentException(
        "token "
            + position
            + ": id "
            + id
            + " is not in the vocabulary of "
            + vocabulary()
            + " entries of the "
            + kind()
            + " tokenizer; decode with the tokenizer that encoded it");
  }

  @Override
  public String toString() {
    return kind() + " tokenizer of " + vocabulary() + " entries";
  }
}
