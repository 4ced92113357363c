package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.DatasetManifest;
import org.kindling.corpus.OutputMode;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.documents.DocumentOptions;
import org.kindling.spark.progress.StatusLine;
import org.kindling.spark.quality.QualityOptions;
import org.kindling.spark.tokenization.SplitMethod;
import org.kindling.spark.tokenization.Tokenization;
import org.kindling.spark.tokenization.TokenizationSettings;
import org.kindling.spark.tokenization.WarmUp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling tokenize}: a corpus becomes a dataset. */
@Command(
    name = "tokenize",
    mixinStandardHelpOptions = true,
    description = "Turns text into a dataset of token shards.")
public final class TokenizeJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DocumentOptions documents;

  @Mixin private QualityOptions quality;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "DIR|NAME",
      description =
          "A directory that kindling tokenizer wrote, or byte, gpt2, cl100k_base, o200k_base, or "
              + "char for the characters of this corpus.")
  private String tokenizer;

  @Mixin private SpecialTokensOption specialTokens;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "The dataset; a new or empty directory.")
  private String output;

  @Option(
      names = "--overwrite",
      description = "Replace a dataset that is there already, and drop unfinished work.")
  private boolean overwrite;

  @Option(
      names = "--resume",
      description = "Go on with the work of an earlier job that was stopped, if there is some.")
  private boolean resume;

  @Option(
      names = "--split",
      paramLabel = "hash|tail",
      defaultValue = "hash",
      description =
          "hash: a document's content decides; tail: the end of the text is for validation, for "
              + "corpora of one or few documents (default: ${DEFAULT-VALUE}).")
  private SplitMethod split;

  @Option(
      names = "--validation-fraction",
      paramLabel = "F",
      defaultValue = "0.05",
      description = "Share of the validation split; 0 makes none (default: ${DEFAULT-VALUE}).")
  private double validationFraction;

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Parts to cut the corpus into, each a task and a shard; by default one per 8 MiB of "
              + "files, at most 1024 up to 256 GiB, then one per 256 MiB.")
  private int shards;

  private SparkSession open() throws IOException {
    try (WarmUp encoder = WarmUp.of(tokenizer)) {
      return Cluster.open("tokenize");
    }
  }

  @Override
  public Integer call() throws Exception {
    TokenizationSettings settings =
        new TokenizationSettings(
            documents.inputs(),
            documents.rules(),
            quality.settings(),
            tokenizer,
            specialTokens.value(),
            new Path(output),
            new OutputMode(overwrite, resume),
            split,
            validationFraction,
            shards);
    try (SparkSession session = open();
        StatusLine line = StatusLine.standard();
        InterruptNotice notice = InterruptNotice.of(new Path(output))) {
      Tokenization tokenization = new Tokenization(session, settings, line);
      try {
        summarise(tokenization.run());
      } catch (Exception e) {
        tokenization.advice().ifPresent(line::print);
        throw e;
      }
    }
    return 0;
  }

  private void summarise(Tokenization.Result result) {
    DatasetManifest manifest = result.dataset().manifest();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "documents  %,d%s%s%n",
        manifest.documents(),
        splits(manifest, "documents"),
        manifest.skippedDocuments() == 0
            ? ""
            : String.format(
                Locale.ROOT, "; %,d malformed ones skipped", manifest.skippedDocuments()));
    manifest
        .droppedDocuments()
        .forEach((reason, count) -> out.printf(Locale.ROOT, "left out   %,d %s%n", count, reason));
    out.printf(
        Locale.ROOT,
        "tokens     %,d%s of %d entries (%s)%n",
        manifest.tokens(),
        splits(manifest, "tokens"),
        manifest.tokenizer().vocabulary(),
        manifest.tokenizer().kind());
    out.printf(
        Locale.ROOT,
        "text       %.2f MB, %.2f bytes a token%n",
        manifest.textBytes() / 1e6,
        (double) manifest.textBytes() / manifest.tokens());
    out.printf(
        Locale.ROOT,
        "speed      %.1f MB/s of input files, %.1f s%n",
        result.seconds() == 0 ? 0 : result.inputBytes() / 1e6 / result.seconds(),
        result.seconds());
    out.printf("shards     %s%n", splits(manifest, "shards").replaceAll("[()]", "").strip());
    out.printf("dataset    %s%n", output);
    out.flush();
  }

  /** {@code " (train 900, validation 100)"}. */
  private static String splits(DatasetManifest manifest, String what) {
    return manifest.splits().entrySet().stream()
        .map(
            split ->
                split.getKey() + String.format(Locale.ROOT, " %,d", count(split.getValue(), what)))
        .collect(Collectors.joining(", ", " (", ")"));
  }

  private static long count(DatasetManifest.SplitEntry split, String what) {
    return switch (what) {
      case "documents" -> split.documents();
      case "tokens" -> split.tokens();
      default -> split.shards().size();
    };
  }
}
