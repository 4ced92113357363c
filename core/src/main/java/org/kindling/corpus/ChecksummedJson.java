package org.kindling.corpus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Sha256;
import org.kindling.storage.Storage;

/** Files of one line of JSON and a second line with its SHA-256, written whole or not at all. */
final class ChecksummedJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ChecksummedJson() {}

  static void write(Storage storage, Path file, Object value) throws IOException {
    String line = JSON.writeValueAsString(value);
    storage.writeText(file, line + "\n" + Sha256.of(line) + "\n");
  }

  /**
   * @throws CorruptFileException if the content is not what was written
   */
  static <T> T read(Storage storage, Path file, Class<T> type) throws IOException {
    String[] lines = new String(storage.read(file), StandardCharsets.UTF_8).split("\n", -1);
    if (lines.length != 3 || !lines[2].isEmpty() || !Sha256.of(lines[0]).equals(lines[1])) {
      throw new CorruptFileException(
          file.toString(), 0, "expected a line of JSON and its SHA-256; the file is damaged");
    }
    try {
      return JSON.readValue(lines[0], type);
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(), 0, "is of another version of Kindling (" + e.getOriginalMessage() + ")");
    }
  }
}
