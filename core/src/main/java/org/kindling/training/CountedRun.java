package org.kindling.training;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Mixture;
import org.kindling.corpus.Split;
import org.kindling.model.ModelFlops;
import org.kindling.model.count.CountModel;
import org.kindling.model.count.NgramCounts;
import org.kindling.model.count.SortedNgrams;
import org.kindling.storage.Lease;
import org.kindling.storage.Storage;

/**
 * A run of a family that counts: one pass over the train split of every dataset, each counted once
 * whatever its weight, and one checkpoint, which is final.
 */
public final class CountedRun {
  private static final long ONLY_STEP = 1;

  private final RunDescription run;
  private final RunIdentity identity;
  private final Storage storage;
  private final CheckpointStore store;

  /** Counts the n-grams of all pieces: in this process, or one task a piece. */
  @FunctionalInterface
  public interface Counter {
    NgramCounts count(List<CountPiece> pieces, int order, int vocabulary) throws IOException;
  }

  public CountedRun(RunDescription run, RunIdentity identity, Storage storage) {
    this.run = run;
    this.identity = identity;
    this.storage = storage;
    this.store = new CheckpointStore(storage, identity.directory());
  }

  /** Counts in this process, piece after piece. */
  public static Counter here(Storage storage) {
    return (pieces, order, vocabulary) -> {
      NgramCounts counts = new NgramCounts(order, vocabulary);
      for (CountPiece piece : pieces) {
        piece.count(storage, counts);
      }
      return counts;
    };
  }

  /**
   * Counts and writes the checkpoint.
   *
   * @throws IllegalArgumentException if the directory holds a run already, or someone's files
   */
  public Progress start(Counter counter) throws IOException {
    TrainingRun.requireNew(storage, identity.directory());
    return write(counter);
  }

  /** As {@link #start}, or what there is if the checkpoint is whole. */
  public Progress resume(Counter counter) throws IOException {
    Optional<CheckpointStore.Found> done = store.newestValid();
    if (done.isPresent()) {
      CheckpointManifest manifest = done.get().manifest();
      return new Progress(manifest.round(), manifest.step(), manifest.samples(), manifest.tokens());
    }
    return write(counter);
  }

  private Progress write(Counter counter) throws IOException {
    List<Dataset> datasets = Mixture.open(storage, run.data()).datasets();
    int order = CountModel.order(run.model());
    long tokens = 0;
    for (Dataset dataset : datasets) {
      tokens += dataset.split(Split.TRAIN.label()).tokens();
    }
    try (Lease lease = Lease.take(storage, identity.directory(), Lease.TERM)) {
      store.deleteUnfinished();
      storage.writeText(
          new Path(identity.directory(), TrainingRun.SETTINGS_FILE), identity.settingsText());
      SortedNgrams ngrams =
          counter
              .count(CountPiece.of(datasets, run.data().documents()), order, run.vocabulary())
              .sorted();
      if (ngrams.distinct(order) == 0) {
        throw new IllegalArgumentException(
            "data: no shard of the train split has the " + order + " tokens of one n-gram");
      }
      checkpoint(lease, ngrams, tokens);
    }
    return new Progress(1, ONLY_STEP, tokens, tokens);
  }

  private void checkpoint(Lease lease, SortedNgrams ngrams, long tokens) throws IOException {
    try (CheckpointWriter writer = store.begin(ONLY_STEP)) {
      Path directory = writer.directory();
      writer.add(Checkpoint.COUNTS, Checkpoint.writeCounts(storage, directory, ngrams));
      ModelConfig config = new ModelConfig(run.model(), run.vocabulary());
      writer.addConfig(Checkpoint.writeConfig(storage, directory, config, identity.endOfText()));
      writer.add(
          Checkpoint.TOKENIZER,
          storage.writeText(new Path(directory, Checkpoint.TOKENIZER), identity.tokenizerJson()));
      lease.requireHeld();
      writer.commit(manifest(ngrams, tokens));
    }
  }

  private CheckpointManifest manifest(SortedNgrams ngrams, long tokens) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        identity.name(),
        run.model().family(),
        1,
        ONLY_STEP,
        tokens,
        tokens,
        ModelFlops.forScaling(run.model(), run.vocabulary()) * tokens,
        ngrams.parameters(),
        0,
        true,
        identity.settingsHash(),
        identity.datasetHash(),
        identity.tokenizerHash(),
        0,
        0,
        false,
        run.data().documents().label(),
        null,
        null,
        Map.of());
  }
}
