package org.kindling.corpus;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/** What a sequence of tokens makes of the documents that meet in it. */
public enum DocumentMode {
  /** One text: every prediction sees all tokens before it in its sequence, of whatever document. */
  JOIN,

  /**
   * A prediction sees the tokens of its own document alone, and the first token of a document is
   * predicted by nothing.
   */
  SEPARATE;

  /** {@code join} or {@code separate}. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mode of the setting {@code data.documents}. */
  @JsonCreator
  static DocumentMode ofSetting(String name) {
    return named("data.documents", name);
  }

  /**
   * The mode of that name.
   *
   * @param key where the name was found, for the message
   * @throws IllegalArgumentException naming the modes there are
   */
  public static DocumentMode named(String key, String name) {
    return Arrays.stream(values())
        .filter(mode -> mode.label().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    key + ": unknown '" + name + "'; use join or separate"));
  }
}
