package org.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints of one run directory. */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String DIRECTORY = "checkpoints";
  private static final String PREFIX = "step-";

  /** A checkpoint that has a manifest. */
  public record Found(Path directory, CheckpointManifest manifest) {}

  private final Storage storage;
  private final Path directory;

  /**
   * @param run the run's directory
   */
  public CheckpointStore(Storage storage, Path run) {
    this.storage = storage;
    this.directory = directoryOf(run);
  }

  /** Where a run has its checkpoints. */
  public static Path directoryOf(Path run) {
    return new Path(run, DIRECTORY);
  }

  /** The run that a checkpoint is of; empty for a model that lies elsewhere. */
  public static Optional<Path> runOf(Path checkpoint) {
    Path parent = checkpoint.getParent();
    boolean inRun =
        parent != null
            && parent.getName().equals(DIRECTORY)
            && checkpoint.getName().startsWith(PREFIX);
    return inRun ? Optional.ofNullable(parent.getParent()) : Optional.empty();
  }

  /** Starts a checkpoint. */
  public CheckpointWriter begin(long step) throws IOException {
    return new CheckpointWriter(storage, new Path(directory, String.format("step-%09d", step)));
  }

  /**
   * Committed checkpoints, oldest first; those without a readable manifest are not among them but
   * are named in the log.
   */
  public List<Found> list() throws IOException {
    return list(CheckpointStore::warn);
  }

  /** Manifests of the committed checkpoints, oldest first. */
  public List<CheckpointManifest> manifests() throws IOException {
    return list((checkpoint, problem) -> {}).stream().map(Found::manifest).toList();
  }

  private List<Found> list(BiConsumer<Path, IOException> skipped) throws IOException {
    List<Found> found = new ArrayList<>();
    for (Path child : storage.list(directory)) {
      if (child.getName().startsWith(PREFIX)) {
        try {
          found.add(new Found(child, readManifest(storage, child)));
        } catch (CorruptFileException | FileNotFoundException e) {
          skipped.accept(child, e);
        }
      }
    }
    return found;
  }

  /** Deletes what interrupted writers left; for the holder of the run's lease alone. */
  public void deleteUnfinished() throws IOException {
    for (String name : storage.names(directory)) {
      if (name.startsWith("." + PREFIX) && name.endsWith(".tmp")) {
        storage.delete(new Path(directory, name));
      }
    }
  }

  /**
   * The newest checkpoint all of whose files are as they were written. Newer ones that are not are
   * named in the log with the reason.
   */
  public Optional<Found> newestValid() throws IOException {
    return newestValid(LOG::warn);
  }

  /**
   * As {@link #newestValid()}, for those who tell the user themselves.
   *
   * @param skipped receives a line for every checkpoint that cannot be used
   */
  public Optional<Found> newestValid(Consumer<String> skipped) throws IOException {
    BiConsumer<Path, IOException> tell =
        (checkpoint, problem) -> skipped.accept(skipping(checkpoint, problem));
    List<Found> found = list(tell);
    for (int i = found.size() - 1; i >= 0; i--) {
      Found candidate = found.get(i);
      try {
        verify(candidate);
        return Optional.of(candidate);
      } catch (CorruptFileException | FileNotFoundException e) {
        tell.accept(candidate.directory(), e);
      }
    }
    return Optional.empty();
  }

  /** The checkpoint of a step, if there is one all of whose files are as they were written. */
  public Optional<Found> validAt(long step) throws IOException {
    for (Found candidate : list((checkpoint, problem) -> {})) {
      if (candidate.manifest().step() == step) {
        try {
          verify(candidate);
          return Optional.of(candidate);
        } catch (CorruptFileException | FileNotFoundException e) {
          warn(candidate.directory(), e);
        }
      }
    }
    return Optional.empty();
  }

  private static void warn(Path checkpoint, IOException problem) {
    LOG.warn(skipping(checkpoint, problem));
  }

  private static String skipping(Path checkpoint, IOException problem) {
    return "skipping checkpoint " + checkpoint.getName() + ": " + problem.getMessage();
  }

  /** Checks every file against the manifest. */
  public void verify(Found found) throws IOException {
    for (Map.Entry<String, FileChecksum> file : found.manifest().files().entrySet()) {
      storage.verify(new Path(found.directory(), file.getKey()), file.getValue());
    }
  }

  /**
   * Deletes what the settings do not keep: never the newest, never what has no readable manifest,
   * and nothing at all if a file of the newest has not the size that it was written with.
   */
  public void retain(CheckpointSettings settings) throws IOException {
    List<Found> found = list((checkpoint, problem) -> {});
    if (found.isEmpty() || !isWhole(found.get(found.size() - 1))) {
      return;
    }
    for (int i = 0; i < found.size() - settings.keepLast(); i++) {
      Found old = found.get(i);
      long step = old.manifest().step();
      boolean kept = settings.keepEvery() > 0 && step % settings.keepEvery() == 0;
      if (!kept && !settings.atSteps().contains(step)) {
        storage.delete(old.directory());
      }
    }
  }

  private boolean isWhole(Found found) throws IOException {
    Map<String, Long> sizes = storage.sizesBytes(found.directory());
    for (Map.Entry<String, FileChecksum> file : found.manifest().files().entrySet()) {
      Long size = sizes.get(file.getKey());
      if (size == null || size != file.getValue().sizeBytes()) {
        LOG.warn(
            "keeping all checkpoints: {} of the newest, {}, is not as it was written",
            file.getKey(),
            found.directory().getName());
        return false;
      }
    }
    return true;
  }

  /**
   * Reads the manifest of a checkpoint directory.
   *
   * @throws FileNotFoundException if it has none: then it is no checkpoint
   */
  public static CheckpointManifest readManifest(Storage storage, Path directory)
      throws IOException {
    Path file = new Path(directory, CheckpointManifest.FILE);
    try {
      CheckpointManifest manifest =
          CheckpointWriter.JSON.readValue(storage.read(file), CheckpointManifest.class);
      if (manifest.formatVersion() != CheckpointManifest.FORMAT_VERSION) {
        throw new CorruptFileException(
            file.toString(),
            0,
            "format version "
                + manifest.formatVersion()
                + ", expected "
                + CheckpointManifest.FORMAT_VERSION
                + "; read it with the Kindling that wrote it");
      }
      return manifest;
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(), 0, "is no manifest (" + e.getOriginalMessage() + ")");
    }
  }
}
