package org.kindling.spark.documents;

import java.io.IOException;

/**
 * The current document of a {@link DocumentReader} is malformed and, as {@link OnMalformed#SKIP}
 * has it, left out: what was read of it so far has to be forgotten. The reader has counted it and
 * goes on with the next document.
 */
public final class MalformedDocumentException extends IOException {
  MalformedDocumentException(Exception problem) {
    super(problem.getMessage(), problem);
  }

  /** The error that ends the job where malformed documents are not skipped. */
  RuntimeException fatal() throws IOException {
    if (getCause() instanceof IOException damage) {
      throw damage;
    }
    return (RuntimeException) getCause();
  }
}
