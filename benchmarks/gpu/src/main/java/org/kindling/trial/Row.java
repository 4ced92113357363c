package org.kindling.trial;

import java.util.Map;

/**
 * One line of the table.
 *
 * @param section label of a {@link Section}
 * @param what was tried; a later row of the same section and name replaces this one
 * @param result in words and numbers; of what was not run the reason
 * @param values the same for programs
 */
record Row(
    String section, String what, Outcome outcome, String result, Map<String, Object> values) {
  Row {
    values = values == null ? Map.of() : values;
  }

  boolean replaces(Row earlier) {
    return section.equals(earlier.section) && what.equals(earlier.what);
  }
}
