package org.kindling.storage;

import java.io.IOException;

/**
 * A file or directory that cannot be written: a full disk, missing permissions, a file in the way.
 * Nothing is lost by it, and writing the same again would fail the same.
 */
public final class WriteFailedException extends IOException {
  /**
   * @param target what was to be written, as the user would name it
   * @param problem how it failed, in words of the file system
   */
  public WriteFailedException(String target, String problem, Throwable cause) {
    super(target + ": cannot be written " + problem + remedy(problem), cause);
  }

  /** What a file system said, without the stack trace that HDFS adds to it. */
  static String reason(Throwable e) {
    return "(" + String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given") + ")";
  }

  private static String remedy(String problem) {
    return problem.contains("No space left") || problem.contains("quota")
        ? "; free some space or choose another place"
        : "; check that the place can be written to";
  }
}
