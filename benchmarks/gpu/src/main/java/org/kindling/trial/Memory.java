package org.kindling.trial;

final class Memory implements Work {
  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    rows.notRun("all", "soon");
  }
}
