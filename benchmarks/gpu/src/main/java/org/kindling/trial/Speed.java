package org.kindling.trial;

final class Speed implements Work {
  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    rows.notRun("all", "soon");
  }
}
