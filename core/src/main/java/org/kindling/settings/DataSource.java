package org.kindling.settings;

/**
 * A dataset to train on.
 *
 * @param path directory that {@code tokenize} wrote
 * @param weight share of samples drawn from it, relative to the others; 1 if left out
 */
public record DataSource(String path, Double weight) {
  public DataSource {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException("data.path: expected a dataset directory, found nothing");
    }
    weight = weight == null ? 1.0 : weight;
    if (!(weight > 0)) {
      throw new IllegalArgumentException("data.weight: expected above 0, found " + weight);
    }
  }
}
