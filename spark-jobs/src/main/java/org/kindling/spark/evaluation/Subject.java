package org.kindling.spark.evaluation;

import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.DocumentMode;
import org.kindling.kernels.KernelsWanted;
import org.kindling.model.Family;

/**
 * A checkpoint to score, and how.
 *
 * @param documents whether documents are joined or kept apart; null for as its run trained
 * @param kernels that compute it; of no meaning for a model that counts
 */
public record Subject(
    CheckpointStore.Found checkpoint, DocumentMode documents, KernelsWanted kernels) {
  public Subject {
    documents = documents == null ? trained(checkpoint) : documents;
  }

  private static DocumentMode trained(CheckpointStore.Found checkpoint) {
    return DocumentMode.named(
        checkpoint.directory() + "/manifest.json, documents", checkpoint.manifest().documents());
  }

  String directory() {
    return checkpoint.directory().toString();
  }

  Family family() {
    return Family.named(checkpoint.manifest().family());
  }
}
