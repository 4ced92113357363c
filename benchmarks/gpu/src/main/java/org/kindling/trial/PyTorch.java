package org.kindling.trial;

final class PyTorch implements Work {
  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    rows.notRun("all", "soon");
  }
}
