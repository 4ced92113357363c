package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * A checkpoint being written into a directory that readers do not see. {@link #commit} writes the
 * manifest and renames; closing without it removes everything.
 */
public final class CheckpointWriter implements Closeable {
  static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private final Storage storage;
  private final Path temporary;
  private final Path target;
  private final Map<String, FileChecksum> files = new TreeMap<>();
  private boolean committed;

  CheckpointWriter(Storage storage, Path target) throws IOException {
    this.storage = storage;
    this.target = target;
    // A name of its own: whoever was silenced in the middle of one may still be writing into it.
    this.temporary = storage.temporarySibling(target);
    storage.makeDirectory(temporary);
  }

  /** Where to write the files. */
  public Path directory() {
    return temporary;
  }

  /** Records a file written to {@link #directory}. */
  public void add(String name, FileChecksum checksum) {
    files.put(name, checksum);
  }

  /** Records shard files written to {@link #directory}. */
  public void addShard(int shard, int of, FileChecksum checksum) {
    add(Checkpoint.shardFile(shard, of), checksum);
  }

  /** Records {@code config.json}. */
  public void addConfig(FileChecksum checksum) {
    add(ModelConfig.FILE, checksum);
  }

  /** Makes the checkpoint exist. An unreadable one of the same step gives way. */
  public Path commit(CheckpointManifest manifest) throws IOException {
    String text =
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(manifest.withFiles(files)) + "\n";
    storage.writeText(new Path(temporary, CheckpointManifest.FILE), text);
    storage.publishReplacing(temporary, target);
    committed = true;
    return target;
  }

  @Override
  public void close() throws IOException {
    if (!committed) {
      storage.delete(temporary);
    }
  }
}
