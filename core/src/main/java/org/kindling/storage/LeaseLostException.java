package org.kindling.storage;

import java.io.IOException;

/**
 * The directory is another process's by now: whoever catches this must not write to it any more.
 */
public final class LeaseLostException extends IOException {
  private static final long serialVersionUID = 1;

  LeaseLostException(String message) {
    super(message);
  }
}
