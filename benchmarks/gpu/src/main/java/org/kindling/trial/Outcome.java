package org.kindling.trial;

/** What became of one thing that was to be tried. */
enum Outcome {
  PASSED("passed"),
  MEASURED("measured"),
  FAILED("FAILED"),
  NOT_RUN("not run");

  private final String label;

  Outcome(String label) {
    this.label = label;
  }

  /** As the table has it. */
  String label() {
    return label;
  }
}
