package org.kindling.storage;

import java.io.IOException;

/** A directory that another process writes to. Nothing was changed. */
public final class LeaseHeldException extends IOException {
  private static final long serialVersionUID = 1;

  LeaseHeldException(String message) {
    super(message);
  }
}
