package org.kindling.training;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * How many workers each round of a run has: as many as the round before, until someone asks for
 * another number, {@code training.workersAt} comes to an entry, or the run goes on with other
 * settings. Every change is recorded before the round begins, and a round that is done again has
 * the workers that are recorded.
 */
final class WorkersOfRounds {
  /** Between two looks for a request. */
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final Storage storage;
  private final Path directory;
  private final RunDescription run;
  private final long samplesOfData;
  private final String fixedBy;
  private final RunListener listener;
  private final Decisions decisions;
  private long nextLook = System.nanoTime();

  /**
   * @param samplesOfData of one epoch
   * @param fixedBy why requests are refused; null if they are granted
   */
  WorkersOfRounds(
      Storage storage,
      Path directory,
      RunDescription run,
      long samplesOfData,
      String fixedBy,
      RunListener listener) {
    this.storage = storage;
    this.directory = directory;
    this.run = run;
    this.samplesOfData = samplesOfData;
    this.fixedBy = fixedBy;
    this.listener = listener;
    this.decisions = new Decisions(storage, directory);
  }

  /** Reads what was decided; to be called at the start and when the run goes back. */
  void goOnFrom(Progress position) throws IOException {
    decisions.goOnAfter(position.round());
  }

  /** Decides on the workers of the next round. */
  int next(Progress before) throws IOException {
    long round = before.round() + 1;
    Optional<ScaleRequest> request = request();
    String settings = run.training().workersInWords();
    if (request.isPresent()) {
      decisions.record(Decision.byHand(round, request.get(), settings));
      ScaleRequest.remove(storage, directory);
    } else if (isForSettings(round, before.step())) {
      int workers = run.training().workersFrom(before.step());
      decisions.record(Decision.bySettings(round, workers, settings));
    }
    Optional<Decision> decision = decisions.workers(round);
    decision.ifPresent(found -> tell(found, round));
    // Nothing was recorded of the first rounds of a run that an older version began.
    return decision.map(Decision::workers).orElse(run.training().workersFrom(before.step()));
  }

  /** Whether the settings have something to say of a round that is not recorded. */
  private boolean isForSettings(long round, long step) {
    Optional<Decision> newest = decisions.newest();
    if (newest.isEmpty() || !newest.get().settings().equals(run.training().workersInWords())) {
      return true;
    }
    return newest.get().round() < round && run.training().changesWorkersAt(step);
  }

  private void tell(Decision decision, long round) {
    Optional<Decision> before = decisions.workers(round - 1);
    if (decision.round() == round
        && before.isPresent()
        && !before.get().workers().equals(decision.workers())) {
      listener.message(
          "round "
              + round
              + ": "
              + decision.workers()
              + " workers from here on, "
              + before.get().workers()
              + " before ("
              + (decision.request() == null ? "as the settings say" : "as kindling scale asked")
              + ")");
    }
  }

  /** How a round finds out who counts; empty where everyone has to. */
  Optional<Quorum> quorum(long round) {
    Optional<List<Integer>> decided = decisions.counted(round);
    if (decided.isEmpty() && run.training().quorum() == 0) {
      return Optional.empty();
    }
    return Optional.of(new OnRecord(round, decided));
  }

  /** A quorum whose decisions are lines of the run's file. */
  private final class OnRecord implements Quorum {
    private final long round;
    private final Optional<List<Integer>> decided;

    OnRecord(long round, Optional<List<Integer>> decided) {
      this.round = round;
      this.decided = decided;
    }

    @Override
    public Optional<List<Integer>> decided() {
      return decided;
    }

    @Override
    public int least() {
      return run.training().quorum();
    }

    @Override
    public Duration grace() {
      return Duration.ofMillis(Math.round(1000 * run.training().graceSeconds()));
    }

    @Override
    public void decide(List<Integer> counted) throws IOException {
      decisions.record(Decision.counted(round, counted));
    }
  }

  private Optional<ScaleRequest> request() throws IOException {
    if (System.nanoTime() - nextLook < 0) {
      return Optional.empty();
    }
    Optional<ScaleRequest> found = look();
    nextLook = System.nanoTime() + LOOK_NANOS;
    return found;
  }

  /** A request that cannot be granted must not end the run. */
  private Optional<ScaleRequest> look() throws IOException {
    Optional<ScaleRequest> found;
    try {
      found = ScaleRequest.find(storage, directory);
    } catch (CorruptFileException e) {
      refuse(e.getMessage());
      return Optional.empty();
    }
    if (found.isEmpty()) {
      return found;
    }
    ScaleRequest request = found.get();
    if (decisions.isGranted(request)) {
      ScaleRequest.remove(storage, directory);
      return Optional.empty();
    }
    try {
      if (fixedBy != null) {
        throw new IllegalArgumentException(fixedBy);
      }
      run.training().requireSamples(samplesOfData, run.model().context(), request.workers());
    } catch (IllegalArgumentException e) {
      refuse(e.getMessage());
      return Optional.empty();
    }
    return found;
  }

  private void refuse(String why) throws IOException {
    listener.message("request for another number of workers refused: " + why);
    ScaleRequest.remove(storage, directory);
  }

  /** Takes away a request that came after the last round. */
  void end() throws IOException {
    if (storage.exists(new Path(directory, ScaleRequest.FILE))) {
      refuse("the run has ended");
    }
  }
}
