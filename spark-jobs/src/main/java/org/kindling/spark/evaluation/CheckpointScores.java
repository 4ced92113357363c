package org.kindling.spark.evaluation;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.HeldOut;
import org.kindling.evaluation.LossSum;
import org.kindling.kernels.Kernels;
import org.kindling.model.Predictor;
import org.kindling.storage.Storage;

/** Held-out loss of many checkpoints, cut into tasks of a few windows each. */
public final class CheckpointScores {
  private static final int SEQUENCES = 8;

  /** Large enough that loading the model does not matter beside scoring it. */
  private static final long TOKENS_PER_TASK = 1L << 18;

  private final JavaSparkContext spark;
  private final String dataset;
  private final Broadcast<SerializableConfiguration> hadoop;

  private record Piece(int checkpoint, String directory, ModelConfig config, long from, long to)
      implements Serializable {}

  private record Score(int checkpoint, LossSum sum) implements Serializable {}

  public CheckpointScores(
      JavaSparkContext spark, String dataset, Broadcast<SerializableConfiguration> hadoop) {
    this.spark = spark;
    this.dataset = dataset;
    this.hadoop = hadoop;
  }

  /**
   * @param validation tokens of each shard of the validation split
   * @return one sum per checkpoint, over every prediction of the split
   */
  public List<LossSum> measure(
      Storage storage, List<CheckpointStore.Found> checkpoints, List<Long> validation)
      throws IOException {
    List<Piece> pieces = pieces(storage, checkpoints, validation);
    String directory = dataset;
    Broadcast<SerializableConfiguration> hadoop = this.hadoop;
    spark.sc().setJobDescription("scoring " + checkpoints.size() + " checkpoints");
    List<Score> scores =
        spark
            .parallelize(pieces, Math.max(1, pieces.size()))
            .map(piece -> score(directory, hadoop, validation, piece))
            .collect();
    List<LossSum> sums = new ArrayList<>();
    for (int i = 0; i < checkpoints.size(); i++) {
      sums.add(LossSum.NONE);
    }
    for (Score score : scores) {
      sums.set(score.checkpoint(), sums.get(score.checkpoint()).plus(score.sum()));
    }
    return sums;
  }

  private static List<Piece> pieces(
      Storage storage, List<CheckpointStore.Found> checkpoints, List<Long> validation)
      throws IOException {
    List<Piece> pieces = new ArrayList<>();
    for (int c = 0; c < checkpoints.size(); c++) {
      Path directory = checkpoints.get(c).directory();
      ModelConfig config = ModelConfig.read(storage, directory);
      String file = Checkpoint.modelFile(config.model());
      storage.verify(new Path(directory, file), checkpoints.get(c).manifest().files().get(file));
      int context = config.model().context();
      long windows = new HeldOut(validation, context).windows();
      long step = Math.max(1, TOKENS_PER_TASK / context / SEQUENCES) * SEQUENCES;
      for (long from = 0; from < windows; from += step) {
        pieces.add(
            new Piece(c, directory.toString(), config, from, Math.min(windows, from + step)));
      }
    }
    return pieces;
  }

  private static Score score(
      String dataset,
      Broadcast<SerializableConfiguration> hadoop,
      List<Long> validation,
      Piece piece)
      throws IOException {
    Storage storage = new Storage(hadoop.value().value());
    ModelConfig config = piece.config();
    try (TokenReader tokens =
            Dataset.open(storage, new Path(dataset)).tokens(Split.VALIDATION.label());
        Kernels kernels = Kernels.named("auto");
        Predictor model =
            Checkpoint.open(storage, new Path(piece.directory()), config, SEQUENCES, kernels)) {
      HeldOut heldOut = new HeldOut(validation, config.model().context());
      return new Score(
          piece.checkpoint(), heldOut.score(model, tokens, piece.from(), piece.to(), SEQUENCES));
    }
  }
}
