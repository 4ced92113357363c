package org.kindling.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.LineFile;
import org.kindling.storage.Storage;

/**
 * {@code decisions.jsonl}: what a run decided that follows neither from its settings nor from its
 * data. A line is in the file before the round that uses it begins, and none is ever taken out, so
 * that a run that goes on from an older checkpoint decides again as it did.
 *
 * <p>Lines are in the order in which they were decided. One about workers makes void what earlier
 * lines say of later rounds: those rounds were undone. Not thread-safe.
 */
public final class Decisions {
  /** In the directory of a run. */
  public static final String FILE = "decisions.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Storage storage;
  private final Path file;
  private final LineFile lines;

  /** By the first round with that number of workers. */
  private final TreeMap<Long, Decision> workers = new TreeMap<>();

  /** Of rounds that are still to come, again. */
  private final TreeMap<Long, List<Integer>> counted = new TreeMap<>();

  private final Set<String> requests = new HashSet<>();

  public Decisions(Storage storage, Path run) {
    this.storage = storage;
    this.file = new Path(run, FILE);
    this.lines = new LineFile(storage, file);
  }

  /**
   * Reads what was decided. To be called by the holder of the run's lease before anything else, and
   * again when the run goes back to a checkpoint.
   *
   * @param round rounds finished; who counted in those is forgotten
   */
  public void goOnAfter(long round) throws IOException {
    workers.clear();
    counted.clear();
    requests.clear();
    // The part of a line that a crash left is cut off: its round has not begun.
    lines.rewrite(
        file,
        line -> {
          apply(parse(line));
          return true;
        });
    counted.headMap(round, true).clear();
  }

  private Decision parse(String line) throws CorruptFileException {
    try {
      return JSON.readValue(line, Decision.class);
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(),
          0,
          "holds a line that is no decision ("
              + e.getOriginalMessage().lines().findFirst().orElse("")
              + "): "
              + line
              + "; restore the file");
    }
  }

  private void apply(Decision decision) {
    if (decision.workers() == null) {
      counted.put(decision.round(), decision.counted());
      return;
    }
    workers.tailMap(decision.round(), true).clear();
    counted.tailMap(decision.round(), true).clear();
    workers.put(decision.round(), decision);
    if (decision.request() != null) {
      requests.add(decision.request());
    }
  }

  /** What was decided of the number of workers of a round; empty of one before the first line. */
  public Optional<Decision> workers(long round) {
    return Optional.ofNullable(workers.floorEntry(round)).map(Map.Entry::getValue);
  }

  /** The last line about workers, which is also of the latest round; empty if there is none. */
  Optional<Decision> newest() {
    return Optional.ofNullable(workers.lastEntry()).map(Map.Entry::getValue);
  }

  /** Which workers counted in a round; empty if that was not decided. */
  public Optional<List<Integer>> counted(long round) {
    return Optional.ofNullable(counted.get(round));
  }

  /** Whether a request has been granted before. */
  boolean isGranted(ScaleRequest request) {
    return requests.contains(request.id());
  }

  /** Decides; the line is in the file when this returns. */
  public void record(Decision decision) throws IOException {
    lines.append(JSON.writeValueAsString(decision) + "\n");
    apply(decision);
    // Only a run that goes back asks for these again, and reads the file first.
    counted.headMap(decision.round() - 1, true).clear();
  }
}
