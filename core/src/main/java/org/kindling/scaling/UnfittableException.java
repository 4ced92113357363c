package org.kindling.scaling;

/** The evaluations are in order, but no law can be fitted to them. The message says why. */
public final class UnfittableException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  UnfittableException(String message) {
    super(message);
  }
}
