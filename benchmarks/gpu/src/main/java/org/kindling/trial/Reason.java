package org.kindling.trial;

/** Why something failed, in one line. */
final class Reason {
  private static final int LONGEST = 300;

  /** What libtorch adds to its messages: where in its code, and the frames of the stack. */
  private static final String TRACE = "Exception raised from";

  private Reason() {}

  static String of(Throwable e) {
    String text = e.toString().split(TRACE, 2)[0].replaceAll("\\s+", " ").strip();
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }
}
