package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.averaging.Dl4jRounds;
import org.kindling.spark.averaging.SparkRounds;
import org.kindling.spark.cluster.Cluster;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.kindling.training.RoundEngine;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingSettings;
import org.kindling.training.WorkerReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kindling bench round}: what a round costs beyond training. Rounds without local steps:
 * all-gather, reduce-scatter, average, store two replicas.
 */
@Command(
    name = "round",
    mixinStandardHelpOptions = true,
    description = "Times rounds of averaging without local steps.")
final class RoundBench implements Callable<Integer> {
  private static final int WIDTH_STEP = 16;

  /** More than are ever taken. */
  private static final long STEPS = Integer.MAX_VALUE;

  @Spec private CommandSpec spec;

  @Option(
      names = "--parameters",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Parameters of the model, about (default: ${DEFAULT-VALUE}).")
  private long parameters;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2",
      description = "Workers whose results are averaged (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "30",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--warmup-rounds",
      paramLabel = "N",
      defaultValue = "15",
      description = "Untimed rounds before (default: ${DEFAULT-VALUE}).")
  private int warmupRounds;

  @Option(
      names = "--averaging",
      paramLabel = "ENGINE",
      defaultValue = "kindling",
      description =
          "kindling, or dl4j: DL4J's ParameterAveragingTrainingMaster on the same parameters, which"
              + " takes one step on one short sequence a round, whose time is subtracted (default:"
              + " ${DEFAULT-VALUE}).")
  private String averaging;

  @Option(
      names = "--exchange",
      paramLabel = "BITS",
      defaultValue = "fp32",
      description =
          "In what workers send what they learned: fp32, bf16, int8 or int4 (default:"
              + " ${DEFAULT-VALUE}).")
  private String exchange;

  @Override
  public Integer call() throws IOException {
    if (parameters < 10_000 || parameters > 2_000_000_000L) {
      throw new IllegalArgumentException(
          "bench round: --parameters: expected 10000 to 2000000000, found " + parameters);
    }
    if (workers < 1 || rounds < 1 || warmupRounds < 0) {
      throw new IllegalArgumentException(
          "bench round: --workers and --rounds are at least 1, --warmup-rounds at least 0");
    }
    try (SparkSession session = Cluster.openForRounds("bench round")) {
      java.nio.file.Path directory = Files.createTempDirectory("kindling-bench");
      Storage storage = Cluster.storage(session);
      try {
        RunDescription run = describe(storage, new Path(directory.toUri()));
        double[] times =
            time(JavaSparkContext.fromSparkContext(session.sparkContext()), run, storage);
        report(run, times, session.sparkContext().master());
      } finally {
        storage.delete(new Path(directory.toUri()));
      }
    }
    return 0;
  }

  private RunDescription describe(Storage storage, Path directory) throws IOException {
    Tokenizer bytes = Tokenizers.named("byte").orElseThrow();
    int[] text = bytes.encode("averaging ".repeat(20 + workers));
    Path data = new Path(directory, "data");
    SmallDataset.write(
        storage, data, bytes, Map.of(Split.TRAIN, List.of(text), Split.VALIDATION, List.of(text)));
    return new RunDescription(
        DataSource.only(data.toString()),
        bytes.vocabulary(),
        model(bytes.vocabulary()),
        new TrainingSettings(
            workers, 1, 1, 1, STEPS, 1, "fp32", "auto", "auto", averaging, "none", exchange, false,
            List.of(), 0, 0),
        OptimizerSettings.DEFAULTS,
        usesDl4j() ? new OuterSettings(1, 0) : OuterSettings.DEFAULTS,
        EvaluationSettings.DEFAULTS);
  }

  /** Two blocks, as wide as it takes. */
  private ModelSettings model(int vocabulary) {
    ModelSettings model = null;
    for (int width = WIDTH_STEP; ; width += WIDTH_STEP) {
      ModelSettings wider = new ModelSettings("transformer", 2, 1, width, 8, true);
      if (model != null && LanguageModels.layout(wider, vocabulary).parameters() > parameters) {
        return model;
      }
      model = wider;
    }
  }

  private boolean usesDl4j() {
    return averaging.equals(TrainingSettings.DL4J);
  }

  private RoundEngine engine(JavaSparkContext spark, RunDescription run, Storage storage) {
    return usesDl4j()
        ? new Dl4jRounds(spark, "bench", run, storage)
        : new SparkRounds(spark, "bench", run);
  }

  /** Milliseconds of each round beyond training, sorted. */
  private double[] time(JavaSparkContext spark, RunDescription run, Storage storage)
      throws IOException {
    List<Double> times = new ArrayList<>();
    int steps = usesDl4j() ? 1 : 0;
    try (RoundEngine engine = engine(spark, run, storage)) {
      engine.initialize(null);
      for (int r = 1; r <= warmupRounds + rounds; r++) {
        long start = System.nanoTime();
        double training =
            engine.round(new RoundPlan(r, 0, steps, 0, workers)).stream()
                .mapToDouble(WorkerReport::trainingSeconds)
                .max()
                .orElse(0);
        if (r > warmupRounds) {
          times.add((System.nanoTime() - start) / 1e6 - training * 1e3);
        }
      }
    }
    return times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  private void report(RunDescription run, double[] sorted, String master) throws IOException {
    ObjectMapper json = new ObjectMapper();
    String line =
        json.writeValueAsString(
            json.createObjectNode()
                .put("medianRoundMs", sorted[sorted.length / 2])
                .put("fastestRoundMs", sorted[0])
                .put(
                    "parameters", LanguageModels.layout(run.model(), run.vocabulary()).parameters())
                .put("averaging", averaging)
                .put("exchange", exchange)
                .put("workers", workers)
                .put("rounds", rounds)
                .put("master", master));
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }
}
