package org.kindling.corpus;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * The last steps of a dataset in the making: parts are given their final names in a directory of
 * their own, which then takes the target's place in one rename. What is about to be done is written
 * down first, so that after a crash at any point the steps can be taken back, or be seen to have
 * been done.
 */
final class Publication {
  /** Lists of documents left out, in the working directory and in the dataset. */
  static final String DROPPED = "dropped";

  private static final String[] SUFFIXES = {".bin", ".idx"};

  private final Storage storage;
  private final Path target;
  private final Path parts;
  private final Path dataset;
  private final Path replaced;
  private final Path planFile;
  private final Path dropped;

  /**
   * @param work where everything lies before it is published
   * @param parts of shards, in {@code work}
   */
  Publication(Storage storage, Path target, Path work, Path parts) {
    this.storage = storage;
    this.target = target;
    this.parts = parts;
    this.dataset = new Path(work, "dataset");
    this.replaced = new Path(work, "replaced");
    this.dropped = new Path(work, DROPPED);
    this.planFile = new Path(work, "publishing.json");
  }

  /** Names in the working directory, the one to delete last at its end. */
  static final List<String> NAMES = List.of("dataset", "replaced", "publishing.json");

  /**
   * What is to be published.
   *
   * @param datasetHash of the manifest
   * @param names final names of shards by those of their parts, without suffixes
   */
  record Plan(String datasetHash, Map<String, String> names) {}

  /** Whether an earlier job has published all of it. */
  boolean isDone() throws IOException {
    return storage.exists(planFile)
        && !storage.exists(dataset)
        && Dataset.isDataset(storage, target)
        && isIntact()
        && Dataset.open(storage, target).hash().equals(plan().datasetHash());
  }

  private boolean isIntact() throws IOException {
    try {
      plan();
      return true;
    } catch (CorruptFileException e) {
      return false;
    }
  }

  private Plan plan() throws IOException {
    try {
      return ChecksummedJson.read(storage, planFile, Plan.class);
    } catch (CorruptFileException e) {
      throw new CorruptFileException(
          planFile.toString(), 0, "is damaged; give --overwrite to start anew");
    }
  }

  /** Puts the older dataset back, if an earlier job was stopped just before the new one came. */
  void undoReplacing() throws IOException {
    if (storage.exists(replaced) && !storage.exists(target)) {
      storage.publish(replaced, target);
    }
  }

  /** Takes back what an earlier job did before it was stopped: parts have their own names again. */
  void undo() throws IOException {
    if (!storage.exists(planFile)) {
      return;
    }
    Set<String> moved = Set.copyOf(storage.names(dataset));
    for (Map.Entry<String, String> shard : plan().names().entrySet()) {
      for (String suffix : SUFFIXES) {
        if (moved.contains(shard.getValue() + suffix)) {
          storage.move(
              new Path(dataset, shard.getValue() + suffix),
              new Path(parts, shard.getKey() + suffix));
        }
      }
    }
    if (moved.contains(DROPPED)) {
      storage.publish(new Path(dataset, DROPPED), dropped);
    }
    storage.delete(dataset);
    storage.delete(planFile);
  }

  /** Gives the shards their names; the target is as it was. */
  void prepare(Plan plan, String tokenizerJson, String manifestJson) throws IOException {
    ChecksummedJson.write(storage, planFile, plan);
    storage.makeDirectory(dataset);
    for (Map.Entry<String, String> shard : plan.names().entrySet()) {
      for (String suffix : SUFFIXES) {
        storage.move(
            new Path(parts, shard.getKey() + suffix), new Path(dataset, shard.getValue() + suffix));
      }
    }
    if (storage.exists(dropped)) {
      storage.publish(dropped, new Path(dataset, DROPPED));
    }
    storage.writeText(new Path(dataset, Dataset.TOKENIZER_FILE), tokenizerJson);
    storage.writeText(new Path(dataset, DatasetManifest.FILE), manifestJson);
  }

  /** Makes the dataset visible; an older one moves to the working directory. */
  void publish() throws IOException {
    if (storage.exists(target)) {
      storage.publish(target, replaced);
    }
    storage.publish(dataset, target);
  }
}
