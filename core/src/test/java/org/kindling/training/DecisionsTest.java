package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

class DecisionsTest {
  @TempDir Path directory;
  private Decisions decisions;

  @BeforeEach
  void begin() throws IOException {
    decisions = open(0);
  }

  private Decisions open(long round) throws IOException {
    Decisions decisions =
        new Decisions(Storage.standard(), new org.apache.hadoop.fs.Path(directory.toUri()));
    decisions.goOnAfter(round);
    return decisions;
  }

  private static int workers(Decisions decisions, long round) {
    return decisions.workers(round).orElseThrow().workers();
  }

  private Path file() {
    return directory.resolve("decisions.jsonl");
  }

  @Test
  void aLineIsThereWhenItHasBeenRecorded() throws IOException {
    decisions.record(Decision.bySettings(1, 4, "4"));
    decisions.record(Decision.byHand(7, new ScaleRequest("an id", 2), "4"));
    decisions.record(Decision.counted(9, List.of(0, 1)));
    assertThat(file())
        .hasContent(
            """
            {"round":1,"workers":4,"settings":"4"}
            {"round":7,"workers":2,"settings":"4","request":"an id"}
            {"round":9,"counted":[0,1]}
            """);
  }

  @Test
  void aNumberOfWorkersHoldsUntilTheNext() throws IOException {
    decisions.record(Decision.bySettings(2, 4, "4"));
    decisions.record(Decision.bySettings(5, 8, "8"));
    for (Decisions each : List.of(decisions, open(0), open(9))) {
      assertThat(each.workers(1)).isEmpty();
      assertThat(workers(each, 2)).isEqualTo(4);
      assertThat(workers(each, 4)).isEqualTo(4);
      assertThat(workers(each, 5)).isEqualTo(8);
      assertThat(workers(each, 500)).isEqualTo(8);
    }
  }

  @Test
  void whatWasDecidedOfRoundsThatAreUndoneIsVoid() throws IOException {
    decisions.record(Decision.bySettings(1, 4, "4"));
    decisions.record(Decision.counted(3, List.of(0, 2, 3)));
    decisions.record(Decision.bySettings(5, 8, "8"));
    decisions.record(Decision.counted(6, List.of(6, 7)));
    Decisions resumed = open(3);
    assertThat(resumed.counted(6)).contains(List.of(6, 7));
    resumed.record(Decision.bySettings(4, 2, "2"));
    for (Decisions each : List.of(resumed, open(2))) {
      assertThat(workers(each, 3)).isEqualTo(4);
      assertThat(workers(each, 6)).isEqualTo(2);
      assertThat(each.counted(6)).as("by workers who are not there").isEmpty();
    }
    assertThat(open(2).counted(3)).contains(List.of(0, 2, 3));
    assertThat(Files.readAllLines(file())).as("no line is taken out").hasSize(5);
  }

  @Test
  void whoCountedIsKnownOfRoundsToComeAlone() throws IOException {
    decisions.record(Decision.bySettings(1, 4, "4"));
    for (int round = 1; round <= 50; round++) {
      decisions.record(Decision.counted(round, List.of(0, 1, 3)));
    }
    assertThat(decisions.counted(40)).as("a run that goes on does not ask again").isEmpty();
    Decisions resumed = open(40);
    assertThat(resumed.counted(40)).isEmpty();
    assertThat(resumed.counted(41)).contains(List.of(0, 1, 3));
    assertThat(resumed.counted(51)).isEmpty();
  }

  @Test
  void aPartOfALineWasNotDecided() throws IOException {
    decisions.record(Decision.bySettings(1, 4, "4"));
    Files.writeString(file(), "{\"round\":6,\"work", StandardOpenOption.APPEND);
    Decisions resumed = open(3);
    assertThat(workers(resumed, 6)).isEqualTo(4);
    resumed.record(Decision.bySettings(4, 2, "2"));
    assertThat(Files.readAllLines(file())).hasSize(2);
    assertThat(workers(open(3), 6)).isEqualTo(2);
  }

  @Test
  void aRequestIsKnownByItsId() throws IOException {
    ScaleRequest request = new ScaleRequest("an id", 2);
    decisions.record(Decision.byHand(3, request, "4"));
    decisions.record(Decision.bySettings(2, 8, "8"));
    assertThat(open(1).isGranted(request)).as("although it is void").isTrue();
    assertThat(open(1).isGranted(new ScaleRequest("another", 2))).isFalse();
  }

  @Test
  void aDamagedLineIsNamed() throws IOException {
    for (String line :
        List.of(
            "{\"round\":1",
            "{\"round\":0,\"workers\":4,\"settings\":\"4\"}",
            "{\"round\":1,\"workers\":4}",
            "{\"round\":1,\"workers\":0,\"settings\":\"4\"}",
            "{\"round\":1,\"counted\":[]}",
            "{\"round\":1,\"counted\":[3,1]}",
            "{\"round\":1,\"workers\":4,\"settings\":\"4\",\"counted\":[0]}")) {
      Files.writeString(file(), line + "\n");
      assertThatThrownBy(() -> open(0))
          .as(line)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("decisions.jsonl, byte 0: holds a line that is no decision (")
          .hasMessageContaining("): " + line + "; restore the file");
    }
  }
}
