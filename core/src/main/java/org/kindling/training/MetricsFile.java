package org.kindling.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.LineFile;
import org.kindling.storage.Storage;

/**
 * {@code metrics.jsonl}: one line per round, none twice and none missing up to the newest
 * checkpoint. Lines are written at every checkpoint and otherwise every few seconds, and less often
 * where the file system cannot append and a long file takes long to replace.
 */
final class MetricsFile {
  private static final long WRITE_NANOS = 5_000_000_000L;

  /** At most a twentieth of the time goes into this file. */
  private static final int PAUSE_FACTOR = 20;

  private static final String NAME = "metrics.jsonl";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final LineFile written;

  /** Lines of rounds since the last write. */
  private final StringBuilder lines = new StringBuilder();

  private Origin origin;
  private long nextWrite = System.nanoTime();

  /** What the file is to begin with: the lines of a file up to a round. */
  private record Origin(Path file, long round) {
    boolean has(String line) throws CorruptFileException {
      return roundOf(file, line) <= round;
    }
  }

  MetricsFile(Storage storage, Path run) {
    this.file = new Path(run, NAME);
    this.written = new LineFile(storage, file);
    rewindTo(0);
  }

  /** Keeps the lines up to a round and forgets later ones, at the next {@link #flush}. */
  void rewindTo(long round) {
    begin(new Origin(file, round));
  }

  /** Takes over the lines of another run up to a round, at the next {@link #flush}. */
  void branchFrom(Path run, long round) {
    begin(new Origin(new Path(run, NAME), round));
  }

  private void begin(Origin origin) {
    this.origin = origin;
    lines.setLength(0);
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
    if (System.nanoTime() - nextWrite >= 0) {
      flush();
    }
  }

  void flush() throws IOException {
    long start = System.nanoTime();
    if (origin != null) {
      written.rewrite(origin.file(), origin::has);
      origin = null;
    }
    if (!lines.isEmpty()) {
      written.append(lines.toString());
      lines.setLength(0);
    }
    long end = System.nanoTime();
    nextWrite = end + Math.max(WRITE_NANOS, PAUSE_FACTOR * (end - start));
  }
}
