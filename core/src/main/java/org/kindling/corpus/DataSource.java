package org.kindling.corpus;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An entry of the {@code data} list of a run's settings: a dataset to train on.
 *
 * @param path directory that {@code tokenize} wrote
 * @param weight share of samples drawn from it, relative to the others; 1 if left out
 */
public record DataSource(String path, Double weight) implements Serializable {
  public DataSource {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException("data.path: expected a dataset directory, found nothing");
    }
    weight = weight == null ? 1.0 : weight;
    if (!(weight > 0) || weight.isInfinite()) {
      throw new IllegalArgumentException(
          "data.weight: expected a finite number above 0, found " + weight + " for " + path);
    }
  }

  /** One dataset alone. */
  public static List<DataSource> only(String path) {
    return List.of(new DataSource(path, null));
  }

  /**
   * Refuses an empty list, a dataset that is listed twice, and a share too small to count.
   *
   * @param settings name of the file, for messages
   */
  public static void requireMixture(String settings, List<DataSource> data) {
    if (data.isEmpty()) {
      throw new IllegalArgumentException(
          settings
              + ", data: expected at least one dataset, found none; e.g."
              + " data: [{path: data/shakespeare}]");
    }
    Set<String> paths = new HashSet<>();
    for (DataSource source : data) {
      if (!paths.add(source.path())) {
        throw new IllegalArgumentException(
            settings
                + ", data: "
                + source.path()
                + " is listed twice; list it once, with the weights added up");
      }
    }
    MixtureOrder.shares(data);
  }
}
