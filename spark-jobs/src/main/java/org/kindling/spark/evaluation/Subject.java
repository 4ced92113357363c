package org.kindling.spark.evaluation;

import org.kindling.checkpoint.CheckpointStore;
import org.kindling.model.Family;

/**
 * A checkpoint to score.
 *
 * @param kernels that compute it, by a name which may be {@code auto}; of no meaning for a model
 *     that counts
 */
public record Subject(CheckpointStore.Found checkpoint, String kernels) {
  String directory() {
    return checkpoint.directory().toString();
  }

  Family family() {
    return Family.named(checkpoint.manifest().family());
  }
}
