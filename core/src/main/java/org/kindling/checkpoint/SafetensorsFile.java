package org.kindling.checkpoint;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * A safetensors file that is open for reading. Its header was checked whole, so that a file that is
 * damaged or cut short is refused before any number of it is used. Reads in chunks of bounded size.
 * Not thread-safe.
 *
 * <pre>{@code
 * try (SafetensorsFile file = SafetensorsFile.open(storage, path)) {
 *   StoredTensor norm = file.tensors().get("model.norm.weight");
 *   float[] values = new float[(int) norm.elements()];
 *   file.read(norm, 0, values, values.length);
 * }
 * }</pre>
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors</a>
 */
public final class SafetensorsFile implements Closeable {
  static final int CHUNK_FLOATS = 1 << 16;
  private static final int LONGEST_HEADER_BYTES = 100_000_000;
  private static final byte[] GIT_LFS_POINTER = "version ".getBytes(StandardCharsets.US_ASCII);

  private final Path file;
  private final FSDataInputStream in;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final byte[] bytes = new byte[CHUNK_FLOATS * Float.BYTES];
  private final float[] values = new float[CHUNK_FLOATS];

  private SafetensorsFile(Path file, FSDataInputStream in) {
    this.file = file;
    this.in = in;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws CorruptFileException if it is not a whole safetensors file, naming what is wrong
   * @throws java.io.FileNotFoundException if there is none
   */
  public static SafetensorsFile open(Storage storage, Path file) throws IOException {
    SafetensorsFile opened = new SafetensorsFile(file, storage.open(file));
    try {
      opened.readHeader(storage.sizeBytes(file));
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void readHeader(long fileBytes) throws IOException {
    byte[] prefix = new byte[Long.BYTES];
    if (fileBytes < prefix.length) {
      throw cutShort(file, fileBytes, prefix.length);
    }
    readFully(prefix, prefix.length);
    long length = headerLength(prefix);
    if (length > fileBytes - Long.BYTES) {
      throw cutShort(file, fileBytes, Long.BYTES + length);
    }
    byte[] text = new byte[(int) length];
    readFully(text, text.length);
    for (StoredTensor tensor : SafetensorsHeader.parse(file, text, fileBytes)) {
      tensors.put(tensor.name(), tensor);
    }
  }

  private long headerLength(byte[] prefix) throws CorruptFileException {
    if (java.util.Arrays.equals(prefix, GIT_LFS_POINTER)) {
      throw new CorruptFileException(
          file.toString(),
          0,
          "expected a safetensors file, found a pointer of Git LFS to one; fetch the file itself"
              + " with git lfs pull");
    }
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > LONGEST_HEADER_BYTES) {
      throw new CorruptFileException(
          file.toString(),
          0,
          "expected a header of 2 to "
              + LONGEST_HEADER_BYTES
              + " bytes, found one of "
              + Long.toUnsignedString(length)
              + "; this is not a safetensors file");
    }
    return length;
  }

  static CorruptFileException cutShort(Path file, long found, long expected) {
    return new CorruptFileException(
        file.toString(),
        found,
        "the file is cut short: found "
            + found
            + " bytes, expected at least "
            + expected
            + "; fetch it again");
  }

  private void readFully(byte[] target, int length) throws IOException {
    long at = in.getPos();
    try {
      in.readFully(target, 0, length);
    } catch (EOFException e) {
      // It had its full length when it was opened.
      throw cutShort(file, in.getPos(), at + length);
    }
  }

  public Path path() {
    return file;
  }

  /** What the file holds, by name, in the order in which it lies there. Unmodifiable. */
  public Map<String, StoredTensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /**
   * Reads part of a tensor of this file, as float32.
   *
   * @param from position of the first element within the tensor
   * @param target receives {@code length} elements from 0
   * @throws CorruptFileException if the tensor is of a type that Kindling does not read
   */
  public void read(StoredTensor tensor, long from, float[] target, int length) throws IOException {
    Dtype dtype = dtype(tensor);
    if (from < 0 || length > tensor.elements() - from) {
      throw new IndexOutOfBoundsException(
          tensor.name() + ": no elements " + from + " to " + (from + length));
    }
    in.seek(tensor.from() + from * dtype.bytes());
    for (int done = 0; done < length; ) {
      int n = Math.min(CHUNK_FLOATS, length - done);
      readFully(bytes, n * dtype.bytes());
      dtype.decode(bytes, target, done, n);
      done += n;
    }
  }

  /**
   * Reads a whole tensor of this file.
   *
   * @param name that the sink is told
   */
  public void read(StoredTensor tensor, String name, Safetensors.Sink sink) throws IOException {
    long elements = tensor.elements();
    for (long done = 0; done < elements; ) {
      int n = (int) Math.min(CHUNK_FLOATS, elements - done);
      read(tensor, done, values, n);
      sink.accept(name, done, values, n);
      done += n;
    }
  }

  /**
   * How to read a tensor.
   *
   * @throws CorruptFileException if it is of a type that Kindling does not read
   */
  static Dtype dtype(StoredTensor tensor) throws CorruptFileException {
    return tensor
        .readableAs()
        .orElseThrow(
            () ->
                new CorruptFileException(
                    tensor.file().toString(),
                    tensor.from(),
                    "tensor "
                        + tensor.name()
                        + " has dtype "
                        + tensor.dtype()
                        + ", expected F32, BF16 or F16; convert it to one of these"));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
