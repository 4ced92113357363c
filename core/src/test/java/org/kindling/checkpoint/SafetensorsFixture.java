package org.kindling.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kindling.storage.Storage;

/** Writes small safetensors files, right and wrong ones, and reads them whole. */
final class SafetensorsFixture {
  private SafetensorsFixture() {}

  static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  /** A file of a header, not padded, and data, whether they fit each other or not. */
  static Path raw(Path file, String header, byte[] data) throws IOException {
    return raw(file, header.getBytes(StandardCharsets.UTF_8), data);
  }

  static Path raw(Path file, byte[] header, byte[] data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    out.write(length.putLong(header.length).array());
    out.write(header);
    out.write(data);
    return Files.write(file, out.toByteArray());
  }

  /** A file of whole float32 tensors, each filled with its values. */
  static Path tensors(Path file, Map<String, float[]> tensors) throws IOException {
    List<Safetensors.Tensor> all =
        tensors.entrySet().stream()
            .map(
                e ->
                    new Safetensors.Tensor(
                        e.getKey(), List.of(e.getValue().length), FlatSource.of(e.getValue()), 0))
            .toList();
    Safetensors.write(Storage.standard(), hadoop(file), all);
    return file;
  }

  /** All numbers of a file, by tensor. */
  static Map<String, float[]> read(Path file) throws IOException {
    Map<String, float[]> found = new LinkedHashMap<>();
    Safetensors.read(Storage.standard(), hadoop(file), shapes -> {}, collect(found));
    return found;
  }

  /** Puts tensors together that arrive in chunks. */
  static Safetensors.Sink collect(Map<String, float[]> found) {
    return (name, from, values, length) -> {
      float[] all = Arrays.copyOf(found.getOrDefault(name, new float[0]), (int) from + length);
      System.arraycopy(values, 0, all, (int) from, length);
      found.put(name, all);
    };
  }
}
