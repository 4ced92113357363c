package org.kindling.corpus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * The groups that are finished, one small file each. One process at a time writes it; an entry is
 * there whole or not at all. Not thread-safe.
 */
final class Ledger {
  private final Storage storage;
  private final Path directory;
  private final SortedMap<Integer, LedgerEntry> entries = new TreeMap<>();
  private final List<String> damaged = new ArrayList<>();

  private Ledger(Storage storage, Path directory) {
    this.storage = storage;
    this.directory = directory;
  }

  /** Reads what is there; a damaged entry is deleted, which makes its group unfinished. */
  static Ledger open(Storage storage, Path directory) throws IOException {
    Ledger ledger = new Ledger(storage, directory);
    storage.makeDirectory(directory);
    for (Path file : storage.list(directory)) {
      try {
        LedgerEntry entry = ChecksummedJson.read(storage, file, LedgerEntry.class);
        ledger.entries.put(entry.group(), entry.withoutInput());
      } catch (CorruptFileException e) {
        ledger.damaged.add(e.getMessage());
        storage.delete(file);
      }
    }
    return ledger;
  }

  /** Errors of entries that could not be read. */
  List<String> damaged() {
    return List.copyOf(damaged);
  }

  /** Finished groups, by number. */
  Collection<LedgerEntry> entries() {
    return List.copyOf(entries.values());
  }

  void add(LedgerEntry entry) throws IOException {
    ChecksummedJson.write(storage, file(entry.group()), entry);
    // What was read is of use to whoever looks into the file; here it would only take memory.
    entries.put(entry.group(), entry.withoutInput());
  }

  void remove(int group) throws IOException {
    storage.delete(file(group));
    entries.remove(group);
  }

  private Path file(int group) {
    return new Path(directory, String.format("group-%05d.json", group));
  }
}
