package org.kindling.spark.jobs;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.RecallSequences;
import org.kindling.spark.documents.SourceJars;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kindling corpus}: getting text to train on. */
@Command(
    name = "corpus",
    mixinStandardHelpOptions = true,
    description = "Prepares text to train on.")
public final class CorpusJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "missing subcommand; see kindling corpus --help");
  }

  /** {@code kindling corpus unpack}; needs no Spark. */
  @Command(
      name = "unpack",
      mixinStandardHelpOptions = true,
      description =
          "Unpacks the .java and .scala files of all *-sources.jar files of a directory, one "
              + "document a file.")
  int unpack(
      @Option(
              names = "--jars",
              required = true,
              paramLabel = "DIR",
              description = "Directory of *-sources.jar files.")
          String jars,
      @Option(
              names = "--output",
              required = true,
              paramLabel = "DIR",
              description = "Where to unpack them; a new or empty directory.")
          String output)
      throws IOException {
    SourceJars.Unpacked unpacked =
        new SourceJars(Storage.standard(), new Path(jars), new Path(output)).unpack();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %,d files, %.1f MB%s%s%n",
        output,
        unpacked.files(),
        unpacked.sizeBytes() / 1e6,
        unpacked.skipped() == 0 ? "" : ", " + unpacked.skipped() + " files skipped",
        unpacked.alreadyDone() ? ", unpacked before" : "");
    out.flush();
    return 0;
  }

  /** {@code kindling corpus recall}; needs no Spark. */
  @Command(
      name = "recall",
      mixinStandardHelpOptions = true,
      description = {
        "Writes sequences of associative recall as JSON lines: pairs of key and value, then questions.",
        "Tokenize them with --tokenizer char and train with model.context = pairs + 2 * questions;"
            + " kindling recall measures how many questions a model answers."
      })
  int recall(@Mixin RecallOptions options) throws IOException {
    RecallSequences sequences = options.sequences();
    Storage storage = Storage.standard();
    Path file = new Path(options.output);
    if (storage.exists(file)) {
      throw new IllegalArgumentException(
          "--output: " + file + " exists already; delete it or name another file");
    }
    try (CommittedOutput out = storage.create(file);
        BufferedOutputStream lines = new BufferedOutputStream(out, 1 << 16)) {
      for (long i = 0; i < options.count; i++) {
        String line = "{\"text\":\"" + sequences.sequence(i) + "\"}\n";
        lines.write(line.getBytes(StandardCharsets.UTF_8));
      }
      lines.flush();
      out.commit();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %,d sequences of %d characters; use model.context %d%n",
        file,
        options.count,
        sequences.length(),
        sequences.length());
    out.flush();
    return 0;
  }

  /** What the sequences are like. */
  static final class RecallOptions {
    @Option(
        names = "--pairs",
        required = true,
        paramLabel = "N",
        description = "Pairs of key and value of a sequence.")
    private int pairs;

    @Option(
        names = "--questions",
        paramLabel = "N",
        defaultValue = "8",
        description = "Questions after the pairs (default: ${DEFAULT-VALUE}).")
    private int questions;

    @Option(
        names = "--keys",
        paramLabel = "N",
        defaultValue = "32",
        description = "Different keys, at least as many as pairs (default: ${DEFAULT-VALUE}).")
    private int keys;

    @Option(
        names = "--values",
        paramLabel = "N",
        defaultValue = "16",
        description = "Different values (default: ${DEFAULT-VALUE}).")
    private int values;

    @Option(
        names = "--sequences",
        paramLabel = "N",
        defaultValue = "20000",
        description = "How many sequences (default: ${DEFAULT-VALUE}).")
    private long count;

    @Option(
        names = "--seed",
        paramLabel = "S",
        defaultValue = "1",
        description = "Seed of all choices (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
        names = "--output",
        required = true,
        paramLabel = "FILE",
        description = "JSON lines to write, e.g. recall.jsonl; must not exist.")
    private String output;

    private RecallSequences sequences() {
      if (count < 1) {
        throw new IllegalArgumentException("--sequences: expected at least 1, found " + count);
      }
      return new RecallSequences(pairs, questions, keys, values, seed);
    }
  }
}
