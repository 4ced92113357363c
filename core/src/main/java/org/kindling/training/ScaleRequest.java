package org.kindling.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * Asks a run for another number of workers from its next round on: a file in the run's directory,
 * which the driver takes away. A later request replaces one that has not been taken.
 *
 * @param id tells whether it has been granted, should the driver fail before it takes the file away
 * @param workers from then on
 */
public record ScaleRequest(String id, int workers) {
  /** In the directory of a run. */
  public static final String FILE = "scale.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  public ScaleRequest {
    if (id == null || id.isBlank()) {
      throw new IllegalArgumentException("id: missing");
    }
    if (workers < 1) {
      throw new IllegalArgumentException("workers: expected at least 1, found " + workers);
    }
  }

  /** Leaves a request in the directory of a run. */
  public static void leave(Storage storage, Path run, int workers) throws IOException {
    ScaleRequest request = new ScaleRequest(UUID.randomUUID().toString(), workers);
    storage.writeText(new Path(run, FILE), JSON.writeValueAsString(request) + "\n");
  }

  /**
   * The request that lies in the directory of a run, if there is one.
   *
   * @throws CorruptFileException if the file is no request
   */
  static Optional<ScaleRequest> find(Storage storage, Path run) throws IOException {
    Path file = new Path(run, FILE);
    if (!storage.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(storage.readText(file), ScaleRequest.class));
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(),
          0,
          "is no request ("
              + e.getOriginalMessage().lines().findFirst().orElse("")
              + "); write it with kindling scale");
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  static void remove(Storage storage, Path run) throws IOException {
    storage.delete(new Path(run, FILE));
  }
}
