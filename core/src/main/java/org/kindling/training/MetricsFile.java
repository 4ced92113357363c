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
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Storage storage;
  private final Path file;
  private final StringBuilder lines = new StringBuilder();
  private long lastWritten;

  MetricsFile(Storage storage, Path run) {
    this.storage = storage;
    this.file = new Path(run, "metrics.jsonl");
  }

  /** Keeps the lines up to a round and forgets later ones. */
  void rewindTo(long round) throws IOException {
    lines.setLength(0);
    if (round > 0 && storage.exists(file)) {
      for (String line : storage.readText(file).split("\n")) {
        if (!line.isBlank() && roundOf(line) <= round) {
          lines.append(line).append('\n');
        }
      }
    }
    flush();
  }

  private long roundOf(String line) throws CorruptFileException {
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
