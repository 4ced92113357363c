package org.kindling.trial;

import java.util.Map;

/** The process of one section. */
final class SectionMain {
  private SectionMain() {}

  /** Arguments: the work directory, the section's label. */
  public static void main(String[] arguments) throws Exception {
    Setting setting = Setting.read(arguments[0]);
    Section section = Section.labelled(arguments[1]);
    Rows rows = new Rows(SectionProcess.file(setting, section), section.label());
    try {
      section.work().run(setting, rows);
    } catch (Exception e) {
      e.printStackTrace();
      rows.failed("end", Reason.of(e), Map.of());
    }
    SectionProcess.killChildren();
    // Threads of libraries would keep it.
    System.exit(0);
  }
}
