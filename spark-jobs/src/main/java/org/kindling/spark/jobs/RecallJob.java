package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.RecallAccuracy;
import org.kindling.kernels.Kernels;
import org.kindling.model.Predictor;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling recall}: how much of associative recall a model has learned. */
@Command(
    name = "recall",
    mixinStandardHelpOptions = true,
    description =
        "Counts the questions of associative recall, in text that corpus recall made, that a model"
            + " answers.")
final class RecallJob implements Callable<Integer> {
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "DIR",
      description = "A checkpoint, or a run: then its newest valid checkpoint.")
  private String checkpoint;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Dataset whose validation split asks the questions.")
  private String data;

  @Option(
      names = "--sequences",
      paramLabel = "N",
      defaultValue = "1000",
      description = "How many sequences of it at most (default: ${DEFAULT-VALUE}).")
  private long sequences;

  @Mixin private KernelsOption kernelsOption;

  @Override
  public Integer call() throws IOException {
    if (sequences < 1) {
      throw new IllegalArgumentException("--sequences: expected at least 1, found " + sequences);
    }
    Storage storage = Storage.standard();
    CheckpointArgument found = CheckpointArgument.read(storage, checkpoint);
    Dataset dataset = Dataset.open(storage, new Path(data));
    found.requireTokenizerOf(dataset, data);
    String split = Split.VALIDATION.label();
    try (Kernels kernels = kernelsOption.open(storage, found.directory());
        Predictor model = found.open(storage, kernels);
        TokenReader tokens = dataset.tokens(split)) {
      RecallAccuracy accuracy =
          RecallAccuracy.measure(
              model, dataset.tokenizer(), tokens, dataset.shardTokens(split), sequences);
      System.out.printf(
          Locale.ROOT,
          "%s: %d of %d questions answered, %.2f %%%n",
          model.settings().family(),
          accuracy.right(),
          accuracy.questions(),
          100 * accuracy.share());
    }
    return 0;
  }
}
