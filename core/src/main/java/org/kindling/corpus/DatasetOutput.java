package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Lease;
import org.kindling.storage.Sha256;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/**
 * A dataset in the making. Everything lies in {@code NAME.unfinished} beside the target: the parts
 * that tasks write, and a ledger of the groups that are finished. If the job stops for any reason,
 * a later one with the same settings goes on from there; {@link #publish} makes the dataset visible
 * under its name and leaves nothing else. One process at a time. Not thread-safe.
 *
 * <pre>
 * NAME.unfinished/
 *   .lease/          the process at work
 *   job.json         settings and input files
 *   parts/           shards under provisional names
 *   ledger/          one file for each finished group
 *   selection/       which documents stay, if some do not
 *   dropped/         lists of those that do not, for the dataset
 *   publishing.json, dataset/, replaced/     during the last seconds
 * </pre>
 */
public final class DatasetOutput implements Closeable {
  /** What the working directory's name adds to that of the dataset. */
  public static final String UNFINISHED = ".unfinished";

  private static final String JOB = "job.json";
  private static final String PARTS = "parts";
  private static final String LEDGER = "ledger";
  private static final String SELECTION = "selection";
  private static final Set<String> WORK =
      Set.of(Lease.DIRECTORY, JOB, PARTS, LEDGER, SELECTION, Publication.DROPPED);
  private static final Pattern OURS =
      Pattern.compile(
          "manifest\\.json|tokenizer\\.json|dropped|(train|validation)-\\d+-of-\\d+\\.(bin|idx)");

  private final Storage storage;
  private final Path target;
  private final Path work;
  private final Path parts;
  private final Lease lease;
  private final Publication publication;
  private Ledger ledger;
  private boolean publishedBefore;
  private boolean keep = true;
  private boolean begun;

  private DatasetOutput(Storage storage, Path target, Path work) throws IOException {
    this.storage = storage;
    this.target = target;
    this.work = work;
    this.parts = new Path(work, PARTS);
    this.publication = new Publication(storage, target, work, parts);
    this.lease = Lease.take(storage, work, Lease.TERM);
  }

  /** What {@code job.json} holds. */
  record Begun(DatasetJob job, boolean overwrite) {}

  /**
   * Starts a dataset, or goes on with an unfinished one.
   *
   * @param job what decides its bytes
   * @throws IllegalArgumentException if there is something that the mode does not allow to replace,
   *     or unfinished work of another job
   * @throws org.kindling.storage.LeaseHeldException if a job is at work there
   */
  public static DatasetOutput open(Storage storage, Path relative, DatasetJob job, OutputMode mode)
      throws IOException {
    Path target = storage.qualified(relative);
    if (target.getParent() == null) {
      throw new IllegalArgumentException(target + ": cannot be a dataset; name a directory in it");
    }
    requireReplaceable(storage, relative);
    Path work = working(target);
    requireOurs(storage, work);
    boolean nothingThere = !storage.exists(work);
    if (nothingThere) {
      requireNoDataset(storage, target, mode);
      storage.makeDirectory(work);
    }
    DatasetOutput output = new DatasetOutput(storage, target, work);
    try {
      output.begin(job, mode);
      return output;
    } catch (IOException | RuntimeException e) {
      if (nothingThere) {
        output.clear();
      }
      output.close();
      throw e;
    }
  }

  private static Path working(Path target) {
    // A path made of a URI may end with a slash, and then has no name.
    Path named = new Path(target.toString());
    return new Path(named.getParent(), named.getName() + UNFINISHED);
  }

  /** What stands in the target's place is deleted in the end: it may hold nothing but a dataset. */
  private static void requireReplaceable(Storage storage, Path target) throws IOException {
    if (storage.exists(target) && !storage.isDirectory(target)) {
      throw new IllegalArgumentException(
          target + ": is a file, expected a directory; choose another --output");
    }
    boolean dataset = Dataset.isDataset(storage, target);
    for (String name : storage.names(target)) {
      if (!dataset || !OURS.matcher(name).matches()) {
        throw new IllegalArgumentException(
            target
                + ": holds files that are no part of a dataset (first: "
                + name
                + "); choose an empty or new directory for --output");
      }
    }
  }

  private static void requireOurs(Storage storage, Path work) throws IOException {
    if (storage.exists(work) && !storage.isDirectory(work)) {
      throw new IllegalArgumentException(
          work + ": is a file, expected nothing or unfinished work; move it away");
    }
    for (String name : storage.names(work)) {
      boolean temporary = name.startsWith(".") && name.endsWith(".tmp");
      if (!temporary && !WORK.contains(name) && !Publication.NAMES.contains(name)) {
        throw new IllegalArgumentException(
            work
                + ": holds files that are no part of unfinished work (first: "
                + name
                + "); move them away, or choose another --output");
      }
    }
  }

  private static void requireNoDataset(Storage storage, Path target, OutputMode mode)
      throws IOException {
    if (!mode.overwrite() && Dataset.isDataset(storage, target)) {
      throw new IllegalArgumentException(
          target
              + ": holds a dataset already"
              + (mode.resume() ? " and no work is unfinished, there is nothing to resume" : "")
              + "; choose another --output, or give --overwrite");
    }
  }

  private void begin(DatasetJob job, OutputMode mode) throws IOException {
    if (publication.isDone()) {
      clear();
      publishedBefore = mode.resume();
      if (publishedBefore) {
        return;
      }
    }
    publication.undoReplacing();
    boolean overwrite = mode.overwrite();
    if (overwrite && !mode.resume()) {
      clear();
    } else {
      overwrite |= goOn(job, mode);
    }
    requireNoDataset(storage, target, new OutputMode(overwrite, mode.resume()));
    ledger = Ledger.open(storage, new Path(work, LEDGER));
    storage.makeDirectory(parts);
    ChecksummedJson.write(storage, new Path(work, JOB), new Begun(job, overwrite));
    deleteStrayParts();
    begun = true;
  }

  /** Takes over what an earlier job has finished; whether that job was to replace a dataset. */
  private boolean goOn(DatasetJob job, OutputMode mode) throws IOException {
    Optional<Begun> earlier = earlier();
    if (earlier.isPresent()) {
      publication.undo();
    }
    int recorded = storage.names(new Path(work, LEDGER)).size();
    if (earlier.isPresent() && recorded > 0) {
      requireResumable(earlier.get().job(), job, mode, recorded);
      return earlier.get().overwrite();
    }
    clear();
    return false;
  }

  private Optional<Begun> earlier() throws IOException {
    Path file = new Path(work, JOB);
    if (!storage.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(ChecksummedJson.read(storage, file, Begun.class));
    } catch (CorruptFileException e) {
      throw new CorruptFileException(
          file.toString(), 0, "is damaged or of another version; give --overwrite to start anew");
    }
  }

  private void requireResumable(DatasetJob earlier, DatasetJob now, OutputMode mode, int recorded) {
    Optional<String> difference = earlier.differenceTo(now);
    if (difference.isPresent()) {
      throw new IllegalArgumentException(
          work
              + ": holds unfinished work of another job ("
              + difference.get()
              + "); give what that job was given and --resume to go on with it, or --overwrite"
              + (mode.resume() ? " without --resume" : "")
              + " to start anew");
    }
    if (!mode.resume()) {
      throw new IllegalArgumentException(
          work
              + ": holds unfinished work of this job ("
              + recorded
              + " finished parts); give --resume to go on with it, or --overwrite to start anew");
    }
  }

  /** Tasks that were killed, or whose result came too late, leave parts that nobody asks for. */
  private void deleteStrayParts() throws IOException {
    Set<String> wanted =
        ledger.entries().stream()
            .flatMap(entry -> entry.shards().values().stream())
            .flatMap(shard -> LedgerEntry.files(shard).keySet().stream())
            .collect(java.util.stream.Collectors.toSet());
    for (String name : storage.names(parts)) {
      if (!wanted.contains(name)) {
        storage.delete(new Path(parts, name));
      }
    }
  }

  /** Where {@link ShardWriter}s put their parts, under names no one else uses. */
  public Path parts() {
    return parts;
  }

  /** Where a job may keep which documents stay; not part of the dataset. */
  public Path selection() {
    return new Path(work, SELECTION);
  }

  /** Files that list the documents left out; they become part of the dataset. */
  public Path dropped() {
    return new Path(work, Publication.DROPPED);
  }

  /** The directory that a later job can go on from. */
  public Path unfinished() {
    return work;
  }

  /**
   * The dataset, if an earlier job has published it and only had no time to tidy up; there is
   * nothing to do then.
   */
  public Optional<Dataset> published() throws IOException {
    return publishedBefore ? Optional.of(Dataset.open(storage, target)) : Optional.empty();
  }

  /** Groups that are finished, now or by an earlier job, by number. */
  public Collection<LedgerEntry> finished() {
    return ledger.entries();
  }

  /** Errors of ledger entries that could not be read; their groups count as unfinished. */
  public List<String> damagedEntries() {
    return ledger.damaged();
  }

  /** Records that the parts of a group are written. Only the first entry of a group counts. */
  public void finish(LedgerEntry entry) throws IOException {
    lease.requireHeld();
    ledger.add(entry);
  }

  /** Makes a group unfinished, since its parts are not what they were. */
  public void redo(int group) throws IOException {
    ledger.remove(group);
  }

  /** Turns the parts of all finished groups into a dataset that leaves nothing out. */
  public Dataset publish(Tokenizer tokenizer, DatasetManifest.Options options) throws IOException {
    return publish(tokenizer, options, Map.of());
  }

  /**
   * Turns the parts of all finished groups into a dataset.
   *
   * @param tokenizer that made the tokens
   * @param options for the manifest
   * @param droppedDocuments documents left out, by reason
   */
  public Dataset publish(
      Tokenizer tokenizer, DatasetManifest.Options options, Map<String, Long> droppedDocuments)
      throws IOException {
    Map<String, String> names = new LinkedHashMap<>();
    Map<Split, List<DatasetManifest.Shard>> shards = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      List<DatasetManifest.Shard> numbered = number(split, names);
      if (!numbered.isEmpty()) {
        shards.put(split, numbered);
      }
    }
    DatasetManifest.TokenizerEntry entry =
        new DatasetManifest.TokenizerEntry(
            tokenizer.kind(), tokenizer.hash(), tokenizer.vocabulary());
    long skipped = ledger.entries().stream().mapToLong(LedgerEntry::skippedDocuments).sum();
    String manifest =
        DatasetManifest.of(entry, options, skipped, droppedDocuments, shards).toJson();
    publication.prepare(
        new Publication.Plan(Sha256.of(manifest), names), tokenizer.toJson(), manifest);
    lease.requireHeld();
    publication.publish();
    keep = false;
    return Dataset.open(storage, target);
  }

  private List<DatasetManifest.Shard> number(Split split, Map<String, String> names) {
    List<DatasetManifest.Shard> provisional =
        ledger.entries().stream().flatMap(entry -> entry.shard(split).stream()).toList();
    List<DatasetManifest.Shard> numbered = new ArrayList<>();
    for (DatasetManifest.Shard shard : provisional) {
      String name = split.shardName(numbered.size(), provisional.size());
      names.put(shard.name(), name);
      numbered.add(shard.renamed(name));
    }
    return numbered;
  }

  /** Gives up what was written: no later job could make a dataset of it. */
  public void discard() {
    keep = false;
  }

  /** Deletes everything but the lease, the note of what was published last. */
  private void clear() throws IOException {
    List<String> names = new ArrayList<>(storage.names(work));
    names.sort(java.util.Comparator.comparing(Publication.NAMES::indexOf));
    for (String name : names) {
      if (!name.equals(Lease.DIRECTORY)) {
        storage.delete(new Path(work, name));
      }
    }
  }

  /** Whether closing now leaves work that a later job can go on with. */
  public boolean isResumable() {
    return keep && ledger != null && !ledger.entries().isEmpty();
  }

  @Override
  public void close() throws IOException {
    try {
      if (begun && !isResumable()) {
        clear();
      }
    } finally {
      lease.remove();
      storage.deleteIfEmpty(work);
    }
  }
}
