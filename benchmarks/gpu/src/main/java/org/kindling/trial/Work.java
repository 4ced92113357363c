package org.kindling.trial;

/** What a {@link Section} does, in a process of its own. */
interface Work {
  void run(Setting setting, Rows rows) throws Exception;
}
