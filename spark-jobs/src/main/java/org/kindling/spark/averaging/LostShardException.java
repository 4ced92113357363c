package org.kindling.spark.averaging;

import java.io.IOException;

/** A part of the state that no executor has any more; files bring it back. */
final class LostShardException extends IOException {
  private static final long serialVersionUID = 1L;

  LostShardException(String block) {
    super(block + " is on no executor any more");
  }
}
