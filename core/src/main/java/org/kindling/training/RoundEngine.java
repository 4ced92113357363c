package org.kindling.training;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.evaluation.LossSum;
import org.kindling.kernels.Arithmetic;

/**
 * Holds the state of a run and carries out its rounds: in this process, or on Spark. All engines
 * that compute alike ({@link #arithmetic}) give the same bits.
 */
public interface RoundEngine extends Closeable {
  /**
   * Sets the state to what the run starts from: parameters at their init, or those of a model;
   * moments zero.
   *
   * @param model directory of the model to go on from; null for the init
   */
  void initialize(Path model) throws IOException;

  /** Sets the state to a checkpoint's, whose files have been verified. */
  void restore(Path checkpoint, CheckpointManifest manifest) throws IOException;

  /**
   * Trains and averages one round.
   *
   * @return one report per worker, in worker order; one of them may say that a loss was not finite
   * @throws StateLostException if the state is gone; {@link #restore} brings an earlier one back
   */
  List<WorkerReport> round(RoundPlan plan) throws IOException;

  /**
   * As {@link #round(RoundPlan)}, where not everyone's result has to count.
   *
   * @return one report per worker that counts, in worker order
   */
  default List<WorkerReport> round(RoundPlan plan, Quorum quorum) throws IOException {
    throw new IllegalArgumentException(
        "training.quorum: these rounds wait for every worker; leave it out");
  }

  /**
   * Validation loss of the current parameters on the leading part of the validation split of each
   * dataset, in the order of the run's data.
   */
  List<LossSum> validationLoss() throws IOException;

  /** Writes state shards and model into a checkpoint and records them there. */
  void write(CheckpointWriter checkpoint) throws IOException;

  /** How the rounds are computed, where the engine knows it. */
  default Optional<Arithmetic> arithmetic() {
    return Optional.empty();
  }

  /** What the last {@link #round} moved; empty where nothing has to move. */
  default Optional<Traffic> traffic() {
    return Optional.empty();
  }

  /** How many shards {@link #write} writes. */
  Sharding sharding();
}
