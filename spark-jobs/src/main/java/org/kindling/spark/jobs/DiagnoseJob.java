package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.commons.csv.CSVFormat;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.ContextDiagnosis;
import org.kindling.kernels.Kernels;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.Predictor;
import org.kindling.report.Diagnostics;
import org.kindling.storage.Storage;
import org.kindling.training.ContextCost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling diagnose}: what trained models make of their context. */
@Command(
    name = "diagnose",
    mixinStandardHelpOptions = true,
    description = {
      "Measures how far back predictions depend on the text, the loss of each position, and what a longer context"
          + " costs.",
      "Writes gradients.csv, positions.csv and cost.csv; kindling report draws them if they lie"
          + " beside the evaluations."
    })
final class DiagnoseJob implements Callable<Integer> {
  /** Gradients are asked for. */
  private static final Checkpoint.Use KEEPING = new Checkpoint.Use(1, Activations.KEPT);

  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "A run, whose newest valid checkpoint is taken, or a checkpoint; repeatable.")
  private List<String> runs;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Dataset whose validation split to read.")
  private String data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where the tables go, e.g. the directory of the evaluations.")
  private String output;

  @Option(
      names = "--sequences",
      paramLabel = "N",
      defaultValue = "64",
      description = "Windows of validation text to average over (default: ${DEFAULT-VALUE}).")
  private int sequences;

  @Option(
      names = "--contexts",
      paramLabel = "N",
      split = ",",
      defaultValue = "64,128,256,512,1024",
      description = "Context lengths whose cost to measure (default: ${DEFAULT-VALUE}).")
  private List<Integer> contexts;

  @Mixin private KernelsOption kernelsOption;

  private final Storage storage = Storage.standard();
  private final Map<String, StringBuilder> tables = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    require("--sequences", sequences);
    contexts.forEach(context -> require("--contexts", context));
    Path directory = new Path(output);
    for (String table : List.of(Diagnostics.GRADIENTS, Diagnostics.POSITIONS, Diagnostics.COST)) {
      String header = String.join(",", Diagnostics.COLUMNS.get(table));
      tables.put(table, new StringBuilder(header).append('\n'));
    }
    for (String run : runs) {
      diagnose(run);
    }
    storage.makeDirectory(directory);
    for (Map.Entry<String, StringBuilder> table : tables.entrySet()) {
      storage.writeText(new Path(directory, table.getKey()), table.getValue().toString());
    }
    System.out.println("written: " + String.join(", ", tables.keySet()) + " to " + directory);
    return 0;
  }

  private static void require(String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(option + ": expected at least 1, found " + value);
    }
  }

  private void diagnose(String run) throws IOException {
    CheckpointArgument checkpoint = CheckpointArgument.read(storage, run);
    ModelConfig config = checkpoint.config();
    String name = new Path(run).getName();
    System.out.println(name + ": " + config.model().family());
    try (Kernels kernels = kernelsOption.open(storage, checkpoint.directory())) {
      try (Predictor model = checkpoint.open(storage, KEEPING, kernels)) {
        read(name, checkpoint, model);
      }
      if (!config.model().kind().isCounted()) {
        for (int context : contexts) {
          if (context >= Math.max(config.model().window(), 1)) {
            cost(name, config, context, kernels);
          }
        }
      }
    }
  }

  private void read(String name, CheckpointArgument checkpoint, Predictor model)
      throws IOException {
    Dataset dataset = Dataset.open(storage, new Path(data));
    checkpoint.requireTokenizerOf(dataset, data);
    String split = Split.VALIDATION.label();
    String family = model.settings().family();
    try (TokenReader tokens = dataset.tokens(split)) {
      ContextDiagnosis diagnosis =
          new ContextDiagnosis(
              tokens, dataset.shardTokens(split), model.settings().context(), sequences);
      double[] losses = diagnosis.lossByPosition(model);
      for (int position = 0; position < losses.length; position++) {
        line(Diagnostics.POSITIONS, name, family, position, losses[position]);
      }
      if (model instanceof LanguageModel trained) {
        double[] norms = diagnosis.gradientByDistance(trained);
        for (int distance = 0; distance < norms.length; distance++) {
          line(Diagnostics.GRADIENTS, name, family, distance, norms[distance]);
        }
      }
    }
  }

  private void cost(String name, ModelConfig config, int context, Kernels kernels) {
    ContextCost cost = ContextCost.measure(config.model(), config.vocabulary(), context, kernels);
    line(
        Diagnostics.COST,
        name,
        config.model().family(),
        context,
        cost.trainingSecondsPerToken(),
        cost.generationSecondsPerToken(),
        cost.trainingBytes());
  }

  private void line(String table, String run, String family, int x, double... values) {
    List<Object> cells = new ArrayList<>(List.of(run, family, x));
    Arrays.stream(values).forEach(cells::add);
    tables.get(table).append(CSVFormat.DEFAULT.format(cells.toArray())).append('\n');
  }
}
