package org.kindling.settings;

/**
 * A dataset to train on.
 *
 * @param path directory that {@code tokenize} wrote
 * @param weight share of samples drawn from it, relative to the others
 */
public record DataSource(String path, double weight) {
  public DataSource {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException("data.path: expected a dataset directory, found nothing");
    }
    if (weight == 0) {
      weight = 1; // the key was left out: Jackson passes 0, and a source of no weight is no source
    }
    if (!(weight > 0)) {
      throw new IllegalArgumentException("data.weight: expected above 0, found " + weight);
    }
  }
}
