package org.kindling.corpus;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.Storage;

/**
 * Lengths of the documents of one shard, in order. The first {@value #BUFFERED} stay in memory;
 * beyond that all go to a hidden file beside the shard, so that a shard of any number of documents
 * takes the same memory. Not thread-safe.
 */
final class LengthLog implements Closeable {
  static final int BUFFERED = 1 << 16;

  private final Storage storage;
  private final Path overflow;
  private final int[] buffer = new int[BUFFERED];
  private int buffered;
  private CommittedOutput spill;
  private long count;
  private boolean sealed;

  LengthLog(Storage storage, Path overflow) {
    this.storage = storage;
    this.overflow = overflow;
  }

  interface Visitor {
    void length(int length) throws IOException;
  }

  void add(int length) throws IOException {
    if (buffered == BUFFERED) {
      flush();
    }
    buffer[buffered++] = length;
    count++;
  }

  long count() {
    return count;
  }

  /** Visits all lengths in order; may be called again, but nothing can be added any more. */
  void forEach(Visitor visitor) throws IOException {
    seal();
    if (spill == null) {
      for (int i = 0; i < buffered; i++) {
        visitor.length(buffer[i]);
      }
      return;
    }
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(storage.open(overflow), 1 << 16))) {
      for (long i = 0; i < count; i++) {
        visitor.length(in.readInt());
      }
    }
  }

  private void seal() throws IOException {
    if (!sealed && spill != null) {
      flush();
      spill.commit();
    }
    sealed = true;
  }

  private void flush() throws IOException {
    if (spill == null) {
      spill = storage.createInExisting(overflow);
    }
    DataOutputStream out = new DataOutputStream(spill);
    for (int i = 0; i < buffered; i++) {
      out.writeInt(buffer[i]);
    }
    buffered = 0;
  }

  @Override
  public void close() throws IOException {
    if (spill != null) {
      spill.close();
      storage.delete(overflow);
    }
  }
}
