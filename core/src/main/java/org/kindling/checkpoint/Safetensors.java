package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * The safetensors file format: a little-endian u64 header length, a JSON header padded with spaces
 * to a multiple of 8 bytes, then raw row-major tensors. {@link SafetensorsFile} reads single
 * tensors.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors</a>
 */
public final class Safetensors {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A tensor to write.
   *
   * @param from position of its first element in {@code source}
   */
  public record Tensor(String name, List<Integer> shape, FlatSource source, long from) {
    long elements() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
  }

  /** Receives a tensor's elements, in order. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @param name of the tensor
     * @param from position of the first element within the tensor
     * @param values holds {@code length} elements from 0
     */
    void accept(String name, long from, float[] values, int length) throws IOException;
  }

  /** Called with the name and shape of each tensor before any data is read. */
  @FunctionalInterface
  public interface Shapes {
    void accept(Map<String, List<Integer>> shapes) throws IOException;
  }

  private Safetensors() {}

  /** Writes float32 tensors in the given order and commits the file. */
  public static FileChecksum write(Storage storage, Path file, List<Tensor> tensors)
      throws IOException {
    return write(storage, file, tensors, Dtype.F32);
  }

  /**
   * Writes tensors in the given order and commits the file.
   *
   * @param dtype of all of them
   * @throws IllegalArgumentException if a number is too large for it, naming the tensor; nothing is
   *     written then
   */
  public static FileChecksum write(Storage storage, Path file, List<Tensor> tensors, Dtype dtype)
      throws IOException {
    try (CommittedOutput out = storage.create(file)) {
      byte[] header = header(tensors, dtype);
      out.write(
          ByteBuffer.allocate(Long.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(header.length)
              .array());
      out.write(header);
      float[] values = new float[SafetensorsFile.CHUNK_FLOATS];
      byte[] bytes = new byte[values.length * dtype.bytes()];
      for (Tensor tensor : tensors) {
        long elements = tensor.elements();
        for (long done = 0; done < elements; ) {
          int n = (int) Math.min(values.length, elements - done);
          tensor.source().read(tensor.from() + done, values, n);
          requireFits(file, tensor, dtype, values, n);
          dtype.encode(values, bytes, n);
          out.write(bytes, 0, n * dtype.bytes());
          done += n;
        }
      }
      return out.commit();
    }
  }

  private static void requireFits(Path file, Tensor tensor, Dtype dtype, float[] values, int n) {
    int tooLarge = dtype.firstTooLarge(values, n);
    if (tooLarge >= 0) {
      throw new IllegalArgumentException(
          file
              + ", tensor "
              + tensor.name()
              + ": found "
              + values[tooLarge]
              + ", which "
              + dtype.label()
              + " would write as infinity; choose fp32"
              + (dtype == Dtype.F16 ? " or bf16" : ""));
    }
  }

  private static byte[] header(List<Tensor> tensors, Dtype dtype) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject(SafetensorsHeader.METADATA).put("format", "pt");
    long at = 0;
    for (Tensor tensor : tensors) {
      if (header.has(tensor.name())) {
        throw new IllegalArgumentException("two tensors named " + tensor.name());
      }
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", dtype.name());
      tensor.shape().forEach(entry.putArray("shape")::add);
      long end = at + tensor.elements() * dtype.bytes();
      entry.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    String text = JSON.writeValueAsString(header);
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    return (text + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a whole file in one pass.
   *
   * @param shapes told what the file holds, may refuse by throwing
   * @param sink receives every element
   * @throws CorruptFileException if the file is damaged or cut short, or a tensor is of a type that
   *     Kindling does not read
   */
  public static void read(Storage storage, Path file, Shapes shapes, Sink sink) throws IOException {
    try (SafetensorsFile in = SafetensorsFile.open(storage, file)) {
      Map<String, List<Integer>> found = new LinkedHashMap<>();
      for (StoredTensor tensor : in.tensors().values()) {
        SafetensorsFile.dtype(tensor);
        found.put(tensor.name(), shape(tensor));
      }
      shapes.accept(found);
      for (StoredTensor tensor : in.tensors().values()) {
        in.read(tensor, tensor.name(), sink);
      }
    }
  }

  private static List<Integer> shape(StoredTensor tensor) throws CorruptFileException {
    try {
      return tensor.shape().stream().map(Math::toIntExact).toList();
    } catch (ArithmeticException e) {
      throw new CorruptFileException(
          tensor.file().toString(),
          tensor.from(),
          "tensor "
              + tensor.name()
              + ": expected axes of less than 2^31 elements, found shape "
              + tensor.shape()
              + "; this is not a model of Kindling's");
    }
  }
}
