package org.kindling.peers;

import java.util.Locale;

/** Which transformer to train. */
enum Architecture {
  GPT2,
  LLAMA;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Architecture parse(String label) {
    for (Architecture one : values()) {
      if (one.label().equals(label)) {
        return one;
      }
    }
    throw new IllegalArgumentException(
        "libtorch: --architecture: expected gpt2 or llama, found " + label);
  }
}
