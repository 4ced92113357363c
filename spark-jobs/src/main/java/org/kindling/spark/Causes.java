package org.kindling.spark;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.SparkException;

/** Finds, in a chain of exceptions, the one whose message tells the user what to do. */
final class Causes {
  private Causes() {}

  /** Spark wraps what a task threw; the user wants to read what it was. */
  static Throwable ofInterest(Throwable e) {
    Throwable current = e;
    while (current.getCause() != null && isWrapper(current)) {
      current = current.getCause();
    }
    return current;
  }

  private static boolean isWrapper(Throwable e) {
    return e instanceof SparkException
        || e instanceof org.apache.spark.SparkDriverExecutionException
        || e instanceof java.io.UncheckedIOException
        || e instanceof java.util.concurrent.ExecutionException
        || e.getClass() == RuntimeException.class;
  }

  static String oneLine(Throwable e) {
    String message = e.getMessage();
    if (message == null || message.isBlank()) {
      return e.getClass().getSimpleName() + "; run with --verbose to see where";
    }
    if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
      return message.contains(": ") ? message : message + ": no such file";
    }
    String line = message.lines().findFirst().orElse(message);
    if (e instanceof AccessControlException) {
      // HDFS says who may not do what to which file, and whose it is.
      return line + "; ask its owner for that right, or choose another place";
    }
    return e instanceof AccessDeniedException
        ? line + ": permission denied; ask its owner for the right, or choose another place"
        : line;
  }
}
