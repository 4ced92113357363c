package org.kindling.kernels;

/** Tensors need more memory than there is; a smaller batch or model would fit. */
public final class MemoryShortageException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public MemoryShortageException(String message) {
    super(message);
  }
}
