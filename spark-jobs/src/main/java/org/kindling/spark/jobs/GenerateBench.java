package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.kindling.evaluation.Generation;
import org.kindling.evaluation.SamplingSettings;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kindling bench generate}: the same sequences written at once and one after the other, in
 * turn, on one thread. Reading the prompts is not timed.
 */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Times generation of several sequences at once against one after the other.")
public final class GenerateBench implements Callable<Integer> {
  private static final String NAME = "bench generate";
  private static final int MOST_PROMPT_TOKENS = 16;

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Sequences (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "48",
      description = "Tokens to write of each, at least 2 (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Timed runs of each way, of which the median counts (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Mixin private BenchKernels kernels;

  /** One run: its speed, and what it wrote. */
  private record Run(double tokensPerSecond, List<List<Integer>> texts) {}

  @Override
  public Integer call() throws Exception {
    ModelOptions.requirePositive(NAME, "--batch", batch);
    ModelOptions.requirePositive(NAME, "--runs", runs);
    if (tokens < 2) {
      throw new IllegalArgumentException(NAME + ": --tokens: expected at least 2, found " + tokens);
    }
    int vocabulary = model.vocabulary();
    ModelSettings settings = model.settings(NAME);
    try (Kernels named = Kernels.named(kernels.wanted(NAME), Precision.FP32);
        LanguageModel random =
            LanguageModels.create(settings, vocabulary, 1, named, Activations.DISCARDED)) {
      random.initialize(1);
      ObjectNode json = measure(random);
      json.put("parameters", random.layout().parameters());
      json.put("architecture", settings.architecture());
      json.put("layers", settings.layers()).put("heads", settings.heads());
      json.put("width", settings.width()).put("context", settings.context());
      json.put("vocabulary", vocabulary).put("batch", batch).put("tokens", tokens);
      json.put("runs", runs).put("kernels", named.name());
      spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(json));
    }
    return 0;
  }

  private ObjectNode measure(LanguageModel random) {
    List<Run> together = new ArrayList<>();
    List<Run> alone = new ArrayList<>();
    // The first run of each is not counted: code is compiled during it.
    for (int i = 0; i <= runs; i++) {
      together.add(run(random, batch));
      alone.add(run(random, 1));
    }
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("batchTokensPerSecond", median(together));
    json.put("singleTokensPerSecond", median(alone));
    json.put("ratio", rounded(median(together) / median(alone)));
    json.put("equalSequences", equal(together.get(0).texts(), alone.get(0).texts()));
    return json;
  }

  private Run run(LanguageModel random, int atOnce) {
    List<List<Integer>> texts = new ArrayList<>();
    List<Generation.Request> requests = new ArrayList<>();
    Random prompts = new Random(1);
    int vocabulary = random.vocabulary();
    for (int i = 0; i < batch; i++) {
      List<Integer> text = new ArrayList<>();
      texts.add(text);
      int length = 1 + prompts.nextInt(MOST_PROMPT_TOKENS);
      int[] prompt = prompts.ints(length, 0, vocabulary).toArray();
      requests.add(new Generation.Request(prompt, i, text::add));
    }
    Generation.Limits limits =
        new Generation.Limits(tokens, atOnce, vocabulary, OptionalInt.empty());
    Generation generation = new Generation(random, SamplingSettings.plain(1), limits);
    return new Run(generation.run(requests).tokensPerSecond(), texts);
  }

  /** Rounding may part two texts, after which nothing is the same. */
  private static long equal(List<List<Integer>> some, List<List<Integer>> others) {
    return IntStream.range(0, some.size()).filter(i -> some.get(i).equals(others.get(i))).count();
  }

  private static double median(List<Run> runs) {
    return rounded(
        StepBench.median(runs.stream().skip(1).mapToDouble(Run::tokensPerSecond).toArray()));
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
