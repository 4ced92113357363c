package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.LinkedHashMap;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage;

/** The most recently used files of a reader, kept open. For one thread. */
final class OpenFiles implements Closeable {
  /** Shards may be thousands; file handles and HDFS connections are kept for this many. */
  private static final int MOST = 32;

  private final Storage storage;
  private final LinkedHashMap<Path, FSDataInputStream> open = new LinkedHashMap<>(16, 0.75f, true);

  OpenFiles(Storage storage) {
    this.storage = storage;
  }

  FSDataInputStream get(Path file) throws IOException {
    FSDataInputStream in = open.get(file);
    if (in == null) {
      if (open.size() >= MOST) {
        var oldest = open.entrySet().iterator();
        oldest.next().getValue().close();
        oldest.remove();
      }
      in = storage.open(file);
      open.put(file, in);
    }
    return in;
  }

  @Override
  public void close() throws IOException {
    for (FSDataInputStream in : open.values()) {
      in.close();
    }
    open.clear();
  }
}
