package org.kindling.report;

import java.util.regex.Pattern;

/** Text made safe for HTML, and for JSON inside a script element. */
final class Html {
  private static final Pattern FORMULA =
      Pattern.compile("\\bC\\^(−?[0-9]+\\.[0-9]+|−?[ab]\\b)|\\b([ND])_opt\\b");

  /** A number and its suffix, which belong on one line. */
  private static final Pattern COMPACT = Pattern.compile("([0-9]) ([kMBT])\\b");

  private Html() {}

  /** Escapes what has a meaning in HTML, in text and in quoted attributes. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** JSON in which no string can end the script element or start a comment in it. */
  static String scriptJson(String json) {
    return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
  }

  /** A library's code, in which only a string or a regular expression can hold these. */
  static String scriptCode(String code) {
    return code.replaceAll("(?i)</(script)", "<\\\\/$1").replace("<!--", "<\\!--");
  }

  /**
   * Escapes, keeps numbers whole, and sets the exponents and indices of formulas: {@code C^0.44},
   * {@code N_opt}.
   */
  static String prose(String text) {
    return FORMULA
        .matcher(COMPACT.matcher(escape(text)).replaceAll("$1\u00a0$2"))
        .replaceAll(
            m ->
                m.group(1) == null
                    ? "<i>" + m.group(2) + "</i><sub>opt</sub>"
                    : "<i>C</i><sup>" + m.group(1) + "</sup>");
  }

  static String paragraph(String text) {
    return "<p>" + prose(text) + "</p>\n";
  }
}
