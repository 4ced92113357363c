package org.kindling.spark.evaluation;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.LossSum;
import org.kindling.evaluation.ValidationBlocks;
import org.kindling.evaluation.ValidationLoss;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.Family;
import org.kindling.model.Predictor;
import org.kindling.spark.cluster.DeviceTask;
import org.kindling.spark.cluster.GpuStages;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Sha256;
import org.kindling.storage.Storage;

/**
 * Validation loss of many checkpoints, cut into tasks of some blocks each. Blocks are added up in
 * their order on the driver, so the loss does not depend on how they were dealt out.
 */
public final class CheckpointScores {
  /** Large enough that loading the model does not matter beside scoring it. */
  private static final long TOKENS_PER_TASK = 1L << 18;

  private final JavaSparkContext spark;
  private final String dataset;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final long tokensPerTask;

  /** A {@link Subject} as tasks know it. */
  private record Model(
      String directory, DocumentMode documents, KernelsWanted kernels, ModelConfig config)
      implements Serializable {
    static Model of(Subject subject, ModelConfig config) {
      // A model that counts must not fail for want of kernels that it makes no use of.
      KernelsWanted kernels =
          config.model().kind().isCounted() ? KernelsWanted.AUTO : subject.kernels();
      return new Model(subject.directory(), subject.documents(), kernels, config);
    }
  }

  private record File(String directory, Map<String, FileChecksum> files) implements Serializable {}

  private record Piece(int model, Model of, long from, long to) implements Serializable {}

  private record Scored(int model, long from, List<LossSum> blocks) implements Serializable {}

  public CheckpointScores(
      JavaSparkContext spark, String dataset, Broadcast<SerializableConfiguration> hadoop) {
    this(spark, dataset, hadoop, TOKENS_PER_TASK);
  }

  CheckpointScores(
      JavaSparkContext spark,
      String dataset,
      Broadcast<SerializableConfiguration> hadoop,
      long tokensPerTask) {
    this.spark = spark;
    this.dataset = dataset;
    this.hadoop = hadoop;
    this.tokensPerTask = tokensPerTask;
  }

  /**
   * What tells the checkpoints' models from others: SHA-256 of their parameters and shape, by
   * directory. Every file is read through and compared with its manifest.
   */
  public Map<String, String> hashes(List<CheckpointStore.Found> checkpoints) {
    List<File> files = new ArrayList<>();
    for (CheckpointStore.Found found : checkpoints) {
      files.add(new File(found.directory().toString(), new TreeMap<>(found.manifest().files())));
    }
    Broadcast<SerializableConfiguration> hadoop = this.hadoop;
    spark.sc().setJobDescription("checking " + files.size() + " checkpoints");
    List<String> hashes =
        spark
            .parallelize(files, Math.max(1, files.size()))
            .map(file -> hash(new Storage(hadoop.value().value()), file))
            .collect();
    Map<String, String> byDirectory = new LinkedHashMap<>();
    for (int i = 0; i < files.size(); i++) {
      byDirectory.put(files.get(i).directory(), hashes.get(i));
    }
    return byDirectory;
  }

  private static String hash(Storage storage, File file) throws IOException {
    Path directory = new Path(file.directory());
    ModelConfig config = ModelConfig.read(storage, directory);
    String model = Checkpoint.modelFile(config.model());
    storage.verify(new Path(directory, model), file.files().get(model));
    return Sha256.of(
        storage.sha256(new Path(directory, model)) + config.toJson(OptionalInt.empty()));
  }

  /**
   * @param subjects that ask for the same kernels, apart from models that count
   * @param validation tokens of each shard of the validation split
   * @return one loss per checkpoint, over every prediction of the split
   */
  List<ValidationLoss> measure(Storage storage, List<Subject> subjects, List<Long> validation)
      throws IOException {
    List<Piece> pieces = pieces(storage, subjects, validation);
    String data = dataset;
    Broadcast<SerializableConfiguration> hadoop = this.hadoop;
    spark.sc().setJobDescription("scoring " + subjects.size() + " checkpoints");
    List<Scored> scored =
        onDevices(spark.parallelize(pieces, Math.max(1, pieces.size())), subjects)
            .map(piece -> score(data, hadoop, validation, piece))
            .collect();
    // Tasks' results come in the order of the pieces, whichever ended first.
    List<List<LossSum>> blocks = new ArrayList<>();
    subjects.forEach(checkpoint -> blocks.add(new ArrayList<>()));
    scored.forEach(piece -> blocks.get(piece.model()).addAll(piece.blocks()));
    return blocks.stream().map(ValidationLoss::of).toList();
  }

  /** Models that count need no device. */
  private static JavaRDD<Piece> onDevices(JavaRDD<Piece> pieces, List<Subject> subjects) {
    return subjects.stream()
        .filter(subject -> !subject.family().isCounted())
        .findFirst()
        .map(subject -> KernelRequest.ofScoring(subject.kernels(), subject.family()))
        .map(request -> GpuStages.onGpus(pieces, request))
        .orElse(pieces);
  }

  private List<Piece> pieces(Storage storage, List<Subject> subjects, List<Long> validation)
      throws IOException {
    List<Piece> pieces = new ArrayList<>();
    long step = Math.max(1, tokensPerTask / ValidationBlocks.PREDICTIONS);
    for (int m = 0; m < subjects.size(); m++) {
      Subject subject = subjects.get(m);
      ModelConfig config = ModelConfig.read(storage, new Path(subject.directory()));
      Model model = Model.of(subject, config);
      long blocks = new ValidationBlocks(validation, config.model().context()).blocks();
      for (long from = 0; from < blocks; from += step) {
        pieces.add(new Piece(m, model, from, Math.min(blocks, from + step)));
      }
    }
    return pieces;
  }

  private static Scored score(
      String dataset,
      Broadcast<SerializableConfiguration> hadoop,
      List<Long> validation,
      Piece piece)
      throws IOException {
    Scoring scoring = new Scoring(new Storage(hadoop.value().value()), dataset, validation);
    Model asked = piece.of();
    Family family = asked.config().model().kind();
    // Models that count need no device.
    return family.isCounted()
        ? scoring.score(piece)
        : DeviceTask.run(
            KernelRequest.ofScoring(asked.kernels(), family), device -> scoring.score(piece));
  }

  /** What a task scores with. */
  private record Scoring(Storage storage, String dataset, List<Long> validation) {
    Scored score(Piece piece) throws IOException {
      Model asked = piece.of();
      ModelConfig config = asked.config();
      ValidationBlocks windows = new ValidationBlocks(validation, config.model().context());
      int sequences = windows.windowsPerBlock();
      List<LossSum> blocks = new ArrayList<>();
      try (TokenReader tokens =
              Dataset.open(storage, new Path(dataset))
                  .tokens(Split.VALIDATION.label(), asked.documents());
          Kernels kernels = Kernels.named(asked.kernels(), Precision.FP32);
          Predictor model =
              Checkpoint.open(storage, new Path(asked.directory()), config, sequences, kernels)) {
        for (long block = piece.from(); block < piece.to(); block++) {
          blocks.add(windows.score(model, tokens, block));
        }
      }
      return new Scored(piece.model(), piece.from(), blocks);
    }
  }
}
