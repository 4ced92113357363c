package org.kindling.spark.jobs;

import org.apache.hadoop.fs.Path;
import org.kindling.corpus.DatasetOutput;

/** Says how to go on if the process is told to end (SIGINT, SIGTERM) in the middle of its work. */
final class InterruptNotice implements AutoCloseable {
  private final Thread hook;

  private InterruptNotice(String directory) {
    this.hook =
        new Thread(
            () ->
                System.err.println(
                    "kindling: interrupted; give the same command with --resume to go on from what"
                        + " is finished in "
                        + directory));
  }

  /** Watches over a dataset in the making. */
  static InterruptNotice of(Path output) {
    InterruptNotice notice = new InterruptNotice(output + DatasetOutput.UNFINISHED);
    Runtime.getRuntime().addShutdownHook(notice.hook);
    return notice;
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already, and the notice is on its way.
    }
  }
}
