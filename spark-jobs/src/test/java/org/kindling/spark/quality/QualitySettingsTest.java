package org.kindling.spark.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class QualitySettingsTest {
  @Command
  private static final class Options {
    @Mixin private QualityOptions quality;
  }

  private static QualitySettings parse(String... arguments) {
    Options options = new Options();
    new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    return options.quality.settings();
  }

  private static void assertRefused(String message, String... arguments) {
    assertThatThrownBy(() -> parse(arguments))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void keepsAllUnlessTold() {
    assertThat(parse()).isEqualTo(QualitySettings.KEEP_ALL);
    assertThat(parse().keepsAll()).isTrue();
    assertThat(parse().steps()).isEmpty();
    assertThat(parse("--dedup", "near").jaccard()).isEqualTo(0.8);
    assertThat(parse("--dedup", "near", "--min-characters", "3").steps())
        .isEqualTo(Map.of("dedup", "near", "jaccard", 0.8, "minCharacters", 3L));
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertRefused("--jaccard: found 0.0", "--dedup", "near", "--jaccard", "0");
    assertRefused("--jaccard: found 1.5", "--dedup", "near", "--jaccard", "1.5");
    assertRefused("--jaccard: found NaN", "--dedup", "near", "--jaccard", "NaN");
    assertRefused("means nothing with --dedup exact", "--dedup", "exact", "--jaccard", "0.8");
    assertRefused("--min-characters: found -1", "--min-characters", "-1");
    assertRefused("--max-characters: found 0", "--max-characters", "0");
    assertRefused(
        "--min-characters 9: is above --max-characters 5",
        "--min-characters",
        "9",
        "--max-characters",
        "5");
    assertRefused("--max-repetition: found 1.1", "--max-repetition", "1.1");
  }
}
