package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.kindling.evaluation.Generation;
import org.kindling.evaluation.SamplingSettings;
import org.kindling.kernels.Kernels;
import org.kindling.model.Predictor;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling sample}: text from a checkpoint. */
@Command(
    name = "sample",
    mixinStandardHelpOptions = true,
    description = "Writes text with a trained model, from one prompt or many at once.")
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
      description = "Text to go on from; repeatable.")
  private List<String> prompts;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many continuations of each prompt (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "200",
      description = "Most tokens of a continuation (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End a continuation before this text; repeatable.")
  private List<String> stops = List.of();

  @Mixin private SamplingOptions sampling;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Most continuations to write at once (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      defaultValue = "TEXT",
      description = "text for people, or one JSON object a continuation (default: text).")
  private SamplePrinter.Format format;

  @Option(names = "--stats", description = "Say how fast it was, on standard error.")
  private boolean stats;

  @Mixin private KernelsOption kernelsOption;

  @Override
  public Integer call() throws IOException {
    SamplingSettings settings = sampling.settings();
    check();
    Storage storage = Storage.standard();
    CheckpointArgument found = CheckpointArgument.read(storage, checkpoint);
    Tokenizer tokenizer = found.tokenizer();
    Generation.Limits limits =
        new Generation.Limits(tokens, batch, tokenizer.vocabulary(), tokenizer.endOfText());
    List<SamplePrompt> encoded = SamplePrompt.of(prompts, tokenizer);
    try (Kernels kernels = kernelsOption.open(storage, found.directory());
        Predictor model = found.open(storage, kernels)) {
      List<SampledText> texts = new SamplePrinter(format, stops).texts(encoded, count);
      Generation.Speed speed =
          new Generation(model, settings, limits)
              .run(texts.stream().map(SampledText::request).toList());
      if (stats || format == SamplePrinter.Format.JSON || texts.size() > 1) {
        printSpeed(texts, speed);
      }
    }
    return 0;
  }

  private void check() {
    requirePositive("--tokens", tokens);
    requirePositive("--count", count);
    requirePositive("--batch", batch);
    if (stops.contains("")) {
      throw new IllegalArgumentException("--stop: is empty; give some text");
    }
  }

  private static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(option + ": expected at least 1, found " + value);
    }
  }

  private static void printSpeed(List<SampledText> texts, Generation.Speed speed) {
    long all = texts.stream().mapToLong(SampledText::tokens).sum();
    System.err.printf(
        Locale.ROOT,
        "continuations: %d, tokens: %d, tokens/s: %.1f (without loading and reading prompts)%n",
        texts.size(),
        all,
        speed.tokensPerSecond());
  }
}
