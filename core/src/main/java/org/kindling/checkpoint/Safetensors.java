package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * The safetensors file format: a little-endian u64 header length, a JSON header padded with spaces
 * to a multiple of 8 bytes, then raw row-major tensors. Kindling writes and reads float32.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors</a>
 */
public final class Safetensors {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHUNK_FLOATS = 1 << 16;
  private static final int LONGEST_HEADER_BYTES = 100_000_000;
  private static final String METADATA = "__metadata__";

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

  /** Writes tensors in the given order and commits the file. */
  public static FileChecksum write(Storage storage, Path file, List<Tensor> tensors)
      throws IOException {
    try (CommittedOutput out = storage.create(file)) {
      byte[] header = header(tensors);
      out.write(
          ByteBuffer.allocate(Long.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(header.length)
              .array());
      out.write(header);
      float[] values = new float[CHUNK_FLOATS];
      byte[] bytes = new byte[CHUNK_FLOATS * Float.BYTES];
      for (Tensor tensor : tensors) {
        writeElements(out, tensor, values, bytes);
      }
      return out.commit();
    }
  }

  private static byte[] header(List<Tensor> tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject(METADATA).put("format", "pt");
    long at = 0;
    for (Tensor tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", "F32");
      tensor.shape().forEach(entry.putArray("shape")::add);
      long end = at + tensor.elements() * Float.BYTES;
      entry.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    String text = JSON.writeValueAsString(header);
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    return (text + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void writeElements(OutputStream out, Tensor tensor, float[] values, byte[] bytes)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long elements = tensor.elements();
    for (long done = 0; done < elements; ) {
      int n = (int) Math.min(CHUNK_FLOATS, elements - done);
      tensor.source().read(tensor.from() + done, values, n);
      buffer.asFloatBuffer().put(values, 0, n);
      out.write(bytes, 0, n * Float.BYTES);
      done += n;
    }
  }

  /**
   * Reads a whole file in one pass.
   *
   * @param shapes told what the file holds, may refuse by throwing
   * @param sink receives every element
   * @throws CorruptFileException if the header is not one, or data are missing
   */
  public static void read(Storage storage, Path file, Shapes shapes, Sink sink) throws IOException {
    long size = storage.sizeBytes(file);
    try (DataInputStream in = new DataInputStream(storage.open(file))) {
      JsonNode header = readHeader(in, file, size);
      List<String> names = new ArrayList<>();
      Map<String, List<Integer>> found = new java.util.LinkedHashMap<>();
      for (Iterator<String> it = header.fieldNames(); it.hasNext(); ) {
        String name = it.next();
        if (!name.equals(METADATA)) {
          names.add(name);
          found.put(name, shape(header.get(name), name, file));
        }
      }
      names.sort(Comparator.comparingLong(n -> header.get(n).get("data_offsets").get(0).asLong()));
      shapes.accept(found);
      float[] values = new float[CHUNK_FLOATS];
      byte[] bytes = new byte[CHUNK_FLOATS * Float.BYTES];
      for (String name : names) {
        readElements(in, name, header.get(name), sink, values, bytes);
      }
    } catch (java.io.EOFException e) {
      throw new CorruptFileException(
          file.toString(), size, "ends before its last tensor; the file is truncated");
    }
  }

  private static JsonNode readHeader(DataInputStream in, Path file, long size) throws IOException {
    byte[] prefix = new byte[Long.BYTES];
    in.readFully(prefix);
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > LONGEST_HEADER_BYTES || length > size - Long.BYTES) {
      throw new CorruptFileException(
          file.toString(), 0, "a header of " + length + " bytes; this is not a safetensors file");
    }
    byte[] text = new byte[(int) length];
    in.readFully(text);
    try {
      return JSON.readTree(text);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(), Long.BYTES, "the header is not JSON; this is not a safetensors file");
    }
  }

  private static List<Integer> shape(JsonNode entry, String name, Path file)
      throws CorruptFileException {
    String dtype = entry.path("dtype").asText();
    if (!dtype.equals("F32")) {
      throw new CorruptFileException(
          file.toString(),
          Long.BYTES,
          "tensor " + name + " has dtype " + dtype + ", expected F32; convert it to float32");
    }
    List<Integer> shape = new ArrayList<>();
    entry.path("shape").forEach(n -> shape.add(n.asInt()));
    return shape;
  }

  private static void readElements(
      DataInputStream in, String name, JsonNode entry, Sink sink, float[] values, byte[] bytes)
      throws IOException {
    JsonNode offsets = entry.get("data_offsets");
    long elements = (offsets.get(1).asLong() - offsets.get(0).asLong()) / Float.BYTES;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (long done = 0; done < elements; ) {
      int n = (int) Math.min(CHUNK_FLOATS, elements - done);
      in.readFully(bytes, 0, n * Float.BYTES);
      buffer.asFloatBuffer().get(values, 0, n);
      sink.accept(name, done, values, n);
      done += n;
    }
  }
}
