package org.kindling.storage;

import java.io.IOException;

/** A file whose content is not what its format or its recorded checksum says. */
public final class CorruptFileException extends IOException {
  /**
   * @param file the file, as the user would name it
   * @param offset the byte at which the damage was noticed
   * @param problem what was found, what was expected and what to do
   */
  public CorruptFileException(String file, long offset, String problem) {
    super(file + ", byte " + offset + ": " + problem);
  }
}
