package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.kernels.Arithmetic;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
import org.kindling.spark.sweep.PlannedRun;
import org.kindling.spark.sweep.RunTrainer;
import org.kindling.storage.Storage;
import org.kindling.training.BranchPoint;
import org.kindling.training.RunListener;

/** The runs of a sweep as runs of {@code pretrain}, each in a pool of Spark's of its own. */
final class SweepTrainer implements RunTrainer {
  private final JavaSparkContext spark;
  private final Storage storage;
  private final Map<KernelRequest, Arithmetic> arithmetic;

  /**
   * @param arithmetic how the executors computed when the sweep began, by what its runs ask for
   */
  SweepTrainer(JavaSparkContext spark, Storage storage, Map<KernelRequest, Arithmetic> arithmetic) {
    this.arithmetic = arithmetic;
    this.spark = spark;
    this.storage = storage;
  }

  @Override
  public Standing look(PlannedRun run) throws IOException {
    Pretraining pretraining = Pretraining.prepare(run.settings(), storage);
    if (!pretraining.exists()) {
      pretraining.requireNew();
      return new Standing(false, List.of());
    }
    pretraining.requireContinuation();
    List<CheckpointManifest> checkpoints = pretraining.checkpoints();
    return new Standing(
        checkpoints.stream().anyMatch(CheckpointManifest::isFinal),
        checkpoints.stream().map(CheckpointManifest::step).toList());
  }

  @Override
  public void train(PlannedRun run, RunListener listener) throws IOException {
    Pretraining pretraining = Pretraining.prepare(run.settings(), storage);
    pretraining.requireMemory(spark.getConf());
    spark.setLocalProperty("spark.scheduler.pool", run.name());
    TaskArithmetic.expect(
        spark, arithmetic.get(KernelRequest.ofTraining(pretraining.description())));
    pretraining.run(pretraining.engine(spark), pretraining.exists(), branchPoint(run), listener);
  }

  private static BranchPoint branchPoint(PlannedRun run) {
    if (run.prefixRun() == null) {
      return null;
    }
    Path directory = new Path(run.settings().run());
    return new BranchPoint(new Path(directory.getParent(), run.prefixRun()), run.branchStep());
  }
}
