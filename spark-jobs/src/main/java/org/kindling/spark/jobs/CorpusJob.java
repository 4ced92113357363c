package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.spark.documents.SourceJars;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
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
}
