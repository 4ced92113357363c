package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.evaluation.Generation;
import org.kindling.evaluation.Sampler;
import org.kindling.evaluation.SamplingSettings;
import org.kindling.kernels.Kernels;
import org.kindling.model.Predictor;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling sample}: text from a checkpoint. */
@Command(
    name = "sample",
    mixinStandardHelpOptions = true,
    description = "Writes text with a trained model.")
final class SampleJob implements Callable<Integer> {
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "DIR",
      description = "A checkpoint, or a run: then its newest valid checkpoint.")
  private String checkpoint;

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description = "Text to go on from.")
  private String prompt;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many tokens to write (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.8",
      description = "0 always takes the likeliest token (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      defaultValue = "0",
      description = "Draw among this many likeliest tokens; 0 for all (default: ${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Draw among the likeliest tokens that reach this probability (default: ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of the draws (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private KernelsOption kernelsOption;

  @Override
  public Integer call() throws IOException {
    SamplingSettings settings = new SamplingSettings(temperature, topK, topP, seed);
    if (tokens < 1) {
      throw new IllegalArgumentException("--tokens: expected at least 1, found " + tokens);
    }
    Storage storage = Storage.standard();
    Path directory = CheckpointArgument.find(storage, checkpoint);
    Tokenizer tokenizer =
        Tokenizers.load(storage, new Path(directory, Checkpoint.TOKENIZER).toString());
    ModelConfig config = ModelConfig.read(storage, directory);
    try (Kernels kernels = kernelsOption.open(storage, directory);
        Predictor model = Checkpoint.open(storage, directory, config, 1, kernels)) {
      int[] start = promptIds(tokenizer);
      PrintStream out = System.out;
      out.print(prompt);
      new Generation(model, new Sampler(settings), tokenizer.endOfText())
          .run(start, tokens, id -> out.writeBytes(tokenizer.decode(new int[] {id})));
      out.println();
    }
    return 0;
  }

  /** An empty prompt starts where documents start: after the end of another one. */
  private int[] promptIds(Tokenizer tokenizer) {
    int[] ids = tokenizer.encode(prompt);
    if (ids.length > 0) {
      return ids;
    }
    int end =
        tokenizer
            .endOfText()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "--prompt: is empty, and a "
                            + tokenizer.kind()
                            + " tokenizer has no end of text to start from; give some text"));
    return new int[] {end};
  }
}
