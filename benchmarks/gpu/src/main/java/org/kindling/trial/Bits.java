package org.kindling.trial;

final class Bits implements Work {
  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    rows.notRun("all", "soon");
  }
}
