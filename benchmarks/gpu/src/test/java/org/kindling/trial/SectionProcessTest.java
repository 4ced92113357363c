package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.Device;

class SectionProcessTest {
  private static final double TOO_SHORT = 0.3;

  @TempDir private Path work;

  private Setting setting() {
    return new Setting(Device.CPU, Sizes.SMALL, "", work.toString(), null, "python3");
  }

  private Row only(Section section, double seconds) throws Exception {
    List<Row> rows = new SectionProcess(setting(), section).run(seconds);
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  @Test
  void aProcessThatEndsBadlyIsAFailureWithItsStatusAndLastWords() throws Exception {
    // There is no file with the setting.
    Row row = only(Section.SPEED, 60);
    assertThat(row.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(row.result()).startsWith("ended with status 1, ").contains("speed.log");
  }

  @Test
  void aCheckWithoutAnAnswerInTimeIsAFailure() throws Exception {
    setting().write();
    Row row = only(Section.TESTS, TOO_SHORT);
    assertThat(row.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(row.result()).startsWith("stopped after 0 s");
  }

  @Test
  void aMeasurementThatWasStoppedWasNotRun() throws Exception {
    setting().write();
    Row row = only(Section.REPLICAS, TOO_SHORT);
    assertThat(row.outcome()).isEqualTo(Outcome.NOT_RUN);
    assertThat(row.what()).isEqualTo("the rest");
  }
}
