package org.kindling.spark.averaging;

import java.io.IOException;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.WriteFailedException;
import org.kindling.training.StateLostException;

/** Tells a lost state, which files bring back, from an error that would only come again. */
final class Failures {
  private Failures() {}

  /**
   * @param name of the run
   * @return what to throw
   */
  static IOException of(JavaSparkContext spark, String name, Exception e) throws IOException {
    if (spark.sc().isStopped()) {
      return new IOException(
          name + ": stopped by the end of its Spark session; go on with --resume", e);
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ArithmeticException || cause instanceof IllegalArgumentException) {
        throw (RuntimeException) cause;
      }
      if (cause instanceof WriteFailedException || cause instanceof CorruptFileException) {
        throw (IOException) cause;
      }
    }
    if (e instanceof SparkException || e.getCause() instanceof SparkException) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      return new StateLostException(message, e);
    }
    if (e instanceof RuntimeException) {
      throw (RuntimeException) e;
    }
    return new IOException(e.getMessage(), e);
  }
}
