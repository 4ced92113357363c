package org.kindling.storage;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file that grows by lines. It is begun by {@link #rewrite}, and then lines are appended
 * where the file system can do that; elsewhere, and where an append fails, the file is replaced by
 * a longer copy. A crash in the middle of an append leaves at most a part of a last line, which
 * {@link #read} passes over. Holds none of the lines. Not thread-safe; one process writes.
 *
 * <pre>{@code
 * LineFile file = new LineFile(storage, path);
 * file.rewrite(path, line -> true);
 * file.append("{\"round\":1}\n");
 * }</pre>
 */
public final class LineFile {
  private static final Logger LOG = LoggerFactory.getLogger(LineFile.class);
  private static final int BUFFER_BYTES = 1 << 16;

  private final Storage storage;
  private final Path file;

  /** Of what was written whole: an append that failed may have left more. */
  private long sizeBytes = -1;

  private boolean appends;

  /** Said once. */
  private boolean refused;

  /** Takes a line, without its end. */
  public interface Reader {
    void line(String line) throws IOException;
  }

  /** Says of a line whether it stays. */
  public interface Selection {
    boolean keeps(String line) throws IOException;
  }

  public LineFile(Storage storage, Path file) {
    this.storage = storage;
    this.file = file;
  }

  /**
   * Begins the file with lines of a file: its own so far, or another. It is replaced in one step.
   *
   * @param from need not exist
   */
  public void rewrite(Path from, Selection selection) throws IOException {
    try (CommittedOutput out = storage.create(file)) {
      read(
          storage,
          from,
          line -> {
            if (selection.keeps(line)) {
              out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
          });
      out.commit();
      sizeBytes = out.sizeBytes();
    }
    appends = storage.canAppend(file);
  }

  /**
   * Adds lines; they are in the file when this returns.
   *
   * @param lines each with its end
   */
  public void append(String lines) throws IOException {
    if (sizeBytes < 0) {
      throw new IllegalStateException(file + ": lines cannot be added before rewrite");
    }
    byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
    if (!appends || !tryAppend(bytes)) {
      replaceByLonger(bytes);
    }
    sizeBytes += bytes.length;
  }

  /** HDFS may refuse what it would take in a new file, if DataNodes of the last block are away. */
  private boolean tryAppend(byte[] bytes) {
    try {
      storage.append(file, bytes);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      if (!refused) {
        LOG.warn("{}: cannot be appended to, replacing it whole ({})", file, e.getMessage());
      }
      refused = true;
      return false;
    }
  }

  private void replaceByLonger(byte[] bytes) throws IOException {
    try (CommittedOutput out = storage.create(file)) {
      try (InputStream in = storage.open(file)) {
        copy(in, out);
      }
      out.write(bytes);
      out.commit();
    }
  }

  private void copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (long left = sizeBytes; left > 0; ) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new CorruptFileException(
            file.toString(),
            sizeBytes - left,
            "expected " + sizeBytes + " bytes; something else has changed the file, end that");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }

  /** Hands on all lines that are whole and not blank; none if there is no such file. */
  public static void read(Storage storage, Path file, Reader reader) throws IOException {
    if (!storage.exists(file)) {
      return;
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(storage.open(file), BUFFER_BYTES)) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b != '\n') {
          line.write(b);
          continue;
        }
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (!text.isBlank()) {
          reader.line(text);
        }
      }
    }
  }
}
