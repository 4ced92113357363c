package org.kindling.training;

import java.io.IOException;

/** The engine could not finish a round and no longer has the state it started from. */
public final class StateLostException extends IOException {
  public StateLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
