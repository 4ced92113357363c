package org.kindling.spark.jobs;

import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;

/**
 * A directory that appears under its name once all of its files are there. Closed before that, it
 * leaves nothing; of a process that is killed, a hidden neighbour of that name remains. Not
 * thread-safe.
 *
 * <pre>{@code
 * try (NewDirectory directory = NewDirectory.prepare(storage, output)) {
 *   storage.writeText(new Path(directory.path(), "config.json"), json);
 *   directory.publish();
 * }
 * }</pre>
 */
final class NewDirectory implements Closeable {
  private final Storage storage;
  private final Path target;
  private final Path prepared;

  private NewDirectory(Storage storage, Path target) throws IOException {
    this.storage = storage;
    this.target = storage.qualified(target);
    this.prepared = storage.temporarySibling(this.target);
  }

  /**
   * @throws IllegalArgumentException if there is a directory or file of that name
   */
  static NewDirectory prepare(Storage storage, Path target) throws IOException {
    requireNone(storage, target);
    NewDirectory directory = new NewDirectory(storage, target);
    storage.deleteOnExit(directory.prepared);
    storage.makeDirectory(directory.prepared);
    return directory;
  }

  /** Refuses the name of an output that is there already. */
  static void requireNone(Storage storage, Path target) throws IOException {
    if (storage.exists(target)) {
      throw new IllegalArgumentException(target + ": exists; give another --output");
    }
  }

  /** Where to write the files. */
  Path path() {
    return prepared;
  }

  void publish() throws IOException {
    storage.publish(prepared, target);
  }

  @Override
  public void close() throws IOException {
    storage.delete(prepared);
  }
}
