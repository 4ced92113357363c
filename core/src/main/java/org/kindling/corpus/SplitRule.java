package org.kindling.corpus;

import java.io.IOException;

/** Decides which split a document's text goes to. A rule belongs to one thread. */
public interface SplitRule {
  /** Receives text that belongs to a split, never empty. */
  interface Target {
    void put(Split split, String text) throws IOException;
  }

  /** Hands one document to the target, whole or in two pieces. */
  void place(String document, Target target) throws IOException;
}
