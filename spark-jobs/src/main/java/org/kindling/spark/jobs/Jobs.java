package org.kindling.spark.jobs;

import java.util.List;

/** The subcommands, in the order in which the help lists them. */
public final class Jobs {
  private Jobs() {}

  /** Fresh instances of all subcommands. */
  public static List<Object> all() {
    return List.of(new CorpusJob(), new TokenizerJob(), new TokenizeJob(), new EncodeJob());
  }
}
