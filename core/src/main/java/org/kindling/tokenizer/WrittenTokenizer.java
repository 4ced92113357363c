package org.kindling.tokenizer;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What all tokenizers share: the hash, computed once, and the error for an unknown id. */
abstract class WrittenTokenizer implements Tokenizer {
  // Writing the JSON of the large encodings takes a second; a race computes the same value twice.
  private volatile String hash;

  @Override
  public final String hash() {
    if (hash == null) {
      hash = sha256(toJson());
    }
    return hash;
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-256, which it must have", e);
    }
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
