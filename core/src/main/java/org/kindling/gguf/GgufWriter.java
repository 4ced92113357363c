package org.kindling.gguf;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Dtype;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * Writes GGUF version 3, little-endian: a header, key-value pairs, a list of tensors, and their
 * elements at multiples of 32 bytes. Tensors are read in chunks, so that memory does not grow with
 * the model. Threads may share it.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 */
final class GgufWriter {
  static final int ALIGNMENT = 32;
  private static final int MAGIC = 0x4655_4747; // "GGUF" in little-endian order
  private static final int VERSION = 3;
  private static final int CHUNK_ELEMENTS = 1 << 16;

  private GgufWriter() {}

  /**
   * Writes tensors in the given order and commits the file.
   *
   * @throws IllegalArgumentException if two tensors have the same name, or an element is too large
   *     for float16; no file is left then
   */
  static FileChecksum write(
      Storage storage, Path file, GgufMetadata metadata, List<GgufTensor> tensors)
      throws IOException {
    requireDistinctNames(tensors);
    try (CommittedOutput committed = storage.create(file)) {
      LittleEndianOutput out = new LittleEndianOutput(committed);
      out.int32(MAGIC);
      out.int32(VERSION);
      out.int64(tensors.size());
      out.int64(metadata.size());
      metadata.write(out);
      writeIndex(out, tensors);
      out.padTo(ALIGNMENT);
      Chunk chunk = new Chunk();
      for (GgufTensor tensor : tensors) {
        chunk.writeAll(tensor, out);
        out.padTo(ALIGNMENT);
      }
      return committed.commit();
    }
  }

  private static void requireDistinctNames(List<GgufTensor> tensors) {
    Set<String> names = new HashSet<>();
    for (GgufTensor tensor : tensors) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException(
            "tensor " + tensor.name() + ": found twice, expected each name once");
      }
    }
  }

  private static void writeIndex(LittleEndianOutput out, List<GgufTensor> tensors)
      throws IOException {
    long offset = 0;
    for (GgufTensor tensor : tensors) {
      out.text(tensor.name());
      List<Long> shape = tensor.shape();
      out.int32(shape.size());
      // The format names the fastest-changing dimension first.
      for (int i = shape.size() - 1; i >= 0; i--) {
        out.int64(shape.get(i));
      }
      out.int32(tensor.type().code());
      out.int64(offset);
      offset = Math.addExact(offset, aligned(tensor.sizeBytes()));
    }
  }

  private static long aligned(long sizeBytes) {
    return Math.addExact(sizeBytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** The elements under way from a source to the file. */
  private static final class Chunk {
    private final float[] values = new float[CHUNK_ELEMENTS];
    private final byte[] bytes = new byte[CHUNK_ELEMENTS * Float.BYTES];

    void writeAll(GgufTensor tensor, LittleEndianOutput out) throws IOException {
      long count = tensor.count();
      for (long done = 0; done < count; ) {
        int n = (int) Math.min(CHUNK_ELEMENTS, count - done);
        tensor.elements().read(done, values, n);
        Dtype dtype = tensor.type().dtype();
        int tooLarge = dtype.firstTooLarge(values, n);
        if (tooLarge >= 0) {
          throw tooLarge(tensor, done + tooLarge, values[tooLarge]);
        }
        dtype.encode(values, bytes, n);
        out.bytes(bytes, n * dtype.bytes());
        done += n;
      }
    }

    private static IllegalArgumentException tooLarge(GgufTensor tensor, long at, float value) {
      return new IllegalArgumentException(
          "tensor "
              + tensor.name()
              + ", element "
              + at
              + ": found "
              + value
              + ", which overflows "
              + tensor.type().dtype().torchName()
              + "; write f32, or bf16 instead of f16");
    }
  }
}
