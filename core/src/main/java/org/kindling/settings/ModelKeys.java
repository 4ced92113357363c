package org.kindling.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.kindling.model.ModelSettings;

/** The {@code model} section alone, from keys and values that were not written in a file. */
public final class ModelKeys {
  private ModelKeys() {}

  private record Section(ModelSettings model) {}

  /**
   * @param source of the keys, for messages
   * @param keys of the section, without {@code model.}
   * @throws IllegalArgumentException naming the key at fault
   */
  public static ModelSettings read(String source, Map<String, ?> keys) {
    List<String> overrides = new ArrayList<>();
    keys.forEach((key, value) -> overrides.add("model." + key + "=" + value));
    Section defaults = new Section(ModelSettings.DEFAULTS);
    return SettingsReader.read(defaults, Section.class, source, "", overrides).model();
  }
}
