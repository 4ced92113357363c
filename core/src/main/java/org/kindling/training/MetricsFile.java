package org.kindling.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * {@code metrics.jsonl}: one line per round, none twice and none missing up to the newest
 * checkpoint. Object stores cannot append, so the file is replaced whole, at every checkpoint and
 * otherwise every few seconds.
 */
final class MetricsFile {
  private static final long REPLACE_NANOS = 5_000_000_000L;
  private static final String NAME = "metrics.jsonl";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Storage storage;
  private final Path file;
  private final StringBuilder lines = new StringBuilder();
  private long lastWritten;

  MetricsFile(Storage storage, Path run) {
    this.storage = storage;
    this.file = new Path(run, NAME);
  }

  /** Keeps the lines up to a round and forgets later ones, at the next {@link #flush}. */
  void rewindTo(long round) throws IOException {
    take(file, round);
  }

  /** Takes over the lines of another run up to a round. */
  void branchFrom(Path run, long round) throws IOException {
    take(new Path(run, NAME), round);
  }

  private void take(Path from, long round) throws IOException {
    lines.setLength(0);
    if (round > 0 && storage.exists(from)) {
      for (String line : storage.readText(from).split("\n")) {
        if (!line.isBlank() && roundOf(from, line) <= round) {
          lines.append(line).append('\n');
        }
      }
    }
  }

  private static long roundOf(Path file, String line) throws CorruptFileException {
    try {
      return JSON.readTree(line).path("round").asLong(Long.MAX_VALUE);
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(file.toString(), 0, "holds a line that is not JSON: " + line);
    }
  }

  void add(RoundMetrics metrics) throws IOException {
    lines.append(JSON.writeValueAsString(metrics)).append('\n');
    if (System.nanoTime() - lastWritten > REPLACE_NANOS) {
      flush();
    }
  }

  void flush() throws IOException {
    storage.writeText(file, lines.toString());
    lastWritten = System.nanoTime();
  }
}
