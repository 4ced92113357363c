package org.kindling.spark.tokenization;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.OutputMode;
import org.kindling.spark.documents.DocumentRules;
import org.kindling.spark.documents.OnMalformed;
import org.kindling.spark.progress.StatusLine;

/** Tokenizes in a process of its own, which a test can kill. */
final class KilledJob {
  private KilledJob() {}

  /** Local files that take a while to open, so that there is time for accidents. */
  public static final class SlowDisk extends RawLocalFileSystem {
    static final String DELAY = "kindling.test.delay";

    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("slow:///");
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferSize)
        throws IOException {
      pause(getConf().getInt(DELAY, 20));
      TaskContext task = TaskContext.get();
      if (task != null
          && task.partitionId() == 0
          && task.attemptNumber() == 0
          && !SparkEnv.get().executorId().equals("driver")) {
        // Far slower than the others: Spark will try the task elsewhere at the same time.
        pause(20_000);
      }
      return super.open(file, bufferSize);
    }

    private static void pause(int millis) throws IOException {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        throw new java.io.InterruptedIOException("killed while opening a file");
      }
    }
  }

  static TokenizationSettings settings(Path directory, String output, OutputMode mode) {
    return new TokenizationSettings(
        List.of(new org.apache.hadoop.fs.Path("slow://" + directory.resolve("corpus"))),
        new DocumentRules(null, "text", "text", null, OnMalformed.FAIL),
        "byte",
        new org.apache.hadoop.fs.Path(directory.resolve(output).toString()),
        mode,
        SplitMethod.HASH,
        0.2,
        12);
  }

  static SparkSession.Builder session(String master) {
    return SparkSession.builder()
        .master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.hadoop.fs.slow.impl", SlowDisk.class.getName());
  }

  static Process start(Path directory, String output) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String argument :
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.startsWith("--add-")) {
        command.add(argument);
      }
    }
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m"));
    command.addAll(
        List.of("-cp", classPath, KilledJob.class.getName(), directory.toString(), output));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Files.createTempFile(directory, "job", ".log").toFile())
        .start();
  }

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (SparkSession session = session("local[2]").getOrCreate()) {
      new Tokenization(
              session, settings(directory, arguments[1], OutputMode.RESUME), StatusLine.standard())
          .run();
    }
  }
}
