package org.kindling.spark.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class StatusLineTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private String shownWithin(boolean terminal, int millis) throws InterruptedException {
    try (StatusLine line = new StatusLine(new PrintStream(written), terminal)) {
      for (int i = 0; i * 10 < millis; i++) {
        int shown = i;
        Thread.sleep(10);
        line.show(() -> "part " + shown);
      }
      line.print("a warning");
    }
    return written.toString();
  }

  @Test
  void renewsItselfInATerminalAFewTimesASecond() throws InterruptedException {
    String shown = shownWithin(true, 700);
    assertThat(shown).startsWith("\rpart ").endsWith("a warning\n");
    assertThat(shown.split("\rpart ").length - 1).isBetween(1, 4);
  }

  @Test
  void saysNothingForTenSecondsElsewhere() throws InterruptedException {
    assertThat(shownWithin(false, 300)).isEqualTo("a warning\n");
  }

  @Test
  void workSaysWhatIsDoneAndWhatIsLeft() {
    WorkProgress work = new WorkProgress(StatusLine.silent(), "tokenizing", "shards", 60, 2);
    for (int i = 0; i < 10; i++) {
      work.finished(8_000_000);
    }
    assertThat(work.text(2)).isEqualTo("tokenizing: 12 of 60 shards (20%), 40.0 MB/s, 10s left");
  }
}
