package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

class MetricsFileTest {
  @TempDir Path directory;

  private MetricsFile open(String run) {
    return new MetricsFile(
        Storage.standard(), new org.apache.hadoop.fs.Path(directory.resolve(run).toUri()));
  }

  private static RoundMetrics round(long round) {
    return new RoundMetrics(
        round, 1, round, round, round, 1, 2.0, 1, 1, null, 1, 0, 1, null, List.of());
  }

  private static void add(MetricsFile metrics, long from, long to) throws IOException {
    for (long round = from; round <= to; round++) {
      metrics.add(round(round));
    }
    metrics.flush();
  }

  private Path file(String run) {
    return directory.resolve(run).resolve("metrics.jsonl");
  }

  private List<Long> rounds(String run) throws IOException {
    return Files.readAllLines(file(run)).stream()
        .map(line -> Long.parseLong(line.replaceAll("\\{\"round\":(\\d+),.*}", "$1")))
        .toList();
  }

  @Test
  void writesWhatIsNewAndNotTheRest() throws IOException {
    MetricsFile metrics = open("run");
    add(metrics, 1, 3);
    // What is there already is not written again.
    Files.writeString(file("run"), Files.readString(file("run")).replace(":2.0", ":3.0"));
    add(metrics, 4, 5);
    assertThat(rounds("run")).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(Files.readAllLines(file("run")).get(0)).contains("\"loss\":3.0");
  }

  @Test
  void anotherDriverGoesOnAfterACrashInTheMiddleOfALine() throws IOException {
    add(open("run"), 1, 6);
    Files.writeString(file("run"), "{\"round\":7,\"st", StandardOpenOption.APPEND);
    MetricsFile metrics = open("run");
    metrics.rewindTo(4);
    add(metrics, 5, 8);
    assertThat(rounds("run")).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
  }

  @Test
  void aRewindForgetsWhatIsNotYetWritten() throws IOException {
    MetricsFile metrics = open("run");
    add(metrics, 1, 4);
    metrics.add(round(5));
    metrics.rewindTo(4);
    add(metrics, 5, 6);
    assertThat(rounds("run")).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void aBranchBeginsWithTheOthersRounds() throws IOException {
    add(open("long"), 1, 6);
    MetricsFile branch = open("short");
    branch.branchFrom(new org.apache.hadoop.fs.Path(directory.resolve("long").toUri()), 2);
    add(branch, 3, 4);
    assertThat(rounds("short")).containsExactly(1L, 2L, 3L, 4L);
    assertThat(rounds("long")).hasSize(6);
  }

  @Test
  void aDamagedLineInTheMiddleIsNamed() throws IOException {
    add(open("run"), 1, 2);
    Files.writeString(file("run"), "{broken\n", StandardOpenOption.APPEND);
    MetricsFile metrics = open("run");
    metrics.rewindTo(2);
    assertThatThrownBy(metrics::flush)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("metrics.jsonl, byte 0: holds a line that is not JSON: {broken");
  }
}
