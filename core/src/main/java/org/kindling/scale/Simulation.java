package org.kindling.scale;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.kindling.training.Decisions;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunDescription;
import org.kindling.training.RunIdentity;
import org.kindling.training.RunListener;
import org.kindling.training.TrainingRun;
import org.kindling.training.TrainingSettings;

/**
 * A run of virtual executors, from its first round to its last, by the driver's own {@link
 * TrainingRun}: its plans, workers, quorums, decisions and checkpoints are those of a real run.
 */
public final class Simulation {
  private final RoundShape shape;
  private final TrainingSettings training;
  private final int checkpointEvery;
  private final VirtualCluster cluster;
  private final List<VirtualExecutors.Loss> losses;

  /**
   * @param training with the workers of the shape
   * @param checkpointEvery rounds between checkpoints
   */
  public Simulation(
      RoundShape shape, TrainingSettings training, int checkpointEvery, VirtualCluster cluster) {
    this(shape, training, checkpointEvery, cluster, List.of());
  }

  Simulation(
      RoundShape shape,
      TrainingSettings training,
      int checkpointEvery,
      VirtualCluster cluster,
      List<VirtualExecutors.Loss> losses) {
    if (shape.workers() != shape.executors() || shape.workers() != training.workers()) {
      throw new IllegalArgumentException(
          "simulation: expected an executor for each of the "
              + training.workers()
              + " workers, found "
              + shape.executors());
    }
    this.shape = shape;
    this.training = training.exchanging(shape.exchange().label(), shape.overlap());
    this.checkpointEvery = checkpointEvery;
    this.cluster = cluster;
    this.losses = losses;
  }

  /**
   * Runs it.
   *
   * @param directory for the files of the run; does not exist yet
   */
  public SimulationResult run(Storage storage, Path directory) throws IOException {
    Tokenizer bytes = Tokenizers.named("byte").orElseThrow();
    int[] text = bytes.encode("simulated ".repeat(RoundShape.CONTEXT));
    Dataset data =
        SmallDataset.write(
            storage,
            new Path(directory, "data"),
            bytes,
            Map.of(Split.TRAIN, List.of(text), Split.VALIDATION, List.of(text)));
    RunDescription nearest = shape.run(training);
    RunDescription run =
        new RunDescription(
            DataSource.only(data.directory().toString()),
            nearest.vocabulary(),
            nearest.model(),
            training,
            nearest.optimizer(),
            nearest.outer(),
            nearest.evaluation());
    RunIdentity identity =
        new RunIdentity(
            new Path(directory, "run"),
            "simulated: true\n",
            "simulated",
            data.hash(),
            bytes.hash(),
            bytes.toJson(),
            "{}",
            bytes.endOfText());
    return run(storage, run, identity);
  }

  private SimulationResult run(Storage storage, RunDescription run, RunIdentity identity)
      throws IOException {
    CheckpointSettings checkpoints = new CheckpointSettings(checkpointEvery, 2, 0);
    try (SimulatedRounds engine = new SimulatedRounds(shape, training, cluster, losses)) {
      long began = System.nanoTime();
      Progress end =
          new TrainingRun(run, identity, checkpoints, storage, engine, new Silent()).start();
      SimulationTally tally = engine.tally();
      double planner = (System.nanoTime() - began - tally.simulatedNanos()) / 1e9;
      Path decisions = new Path(identity.directory(), Decisions.FILE);
      SimulationResult result =
          tally.result(
              engine.clockSeconds(),
              planner,
              storage.exists(decisions) ? storage.sizeBytes(decisions) : 0);
      requireWhole(end, result);
      return result;
    }
  }

  /** The rounds that count have taken every sample up to the end, and none twice. */
  private void requireWhole(Progress end, SimulationResult result) {
    if (end.step() != training.steps() || result.rounds() - result.roundsUndone() != end.round()) {
      throw new IllegalStateException(
          "simulation: " + result.rounds() + " rounds led to round " + end.round());
    }
  }

  private static final class Silent implements RunListener {
    @Override
    public void started(Progress from) {}

    @Override
    public void roundFinished(Progress progress, RoundMetrics metrics) {}

    @Override
    public void message(String text) {}
  }
}
