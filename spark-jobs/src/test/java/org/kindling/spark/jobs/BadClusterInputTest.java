package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a cluster can be asked wrongly: one line that says where, what and what to do, the exit
 * status, and nothing changed on any disk.
 */
class BadClusterInputTest {
  private static final int WRONG_USE = 2;
  private static final int FAILED = 1;

  @TempDir static Path directory;
  private static SmallHdfs hdfs;
  private static String nowhere;

  private List<String> before;

  @BeforeAll
  static void prepare() throws IOException {
    hdfs = new SmallHdfs(directory.resolve("servers"));
    try (ServerSocket socket = new ServerSocket(0)) {
      nowhere = "127.0.0.1:" + socket.getLocalPort();
    }
    Path text = Files.createDirectories(directory.resolve("local/text"));
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 900; i++) {
      lines.append("line ").append(i * 7919 % 1000).append('\n');
    }
    Files.writeString(text.resolve("text.txt"), lines);
    CommandRun tokenized =
        CommandRun.of(
            "tokenize",
            "--input",
            text.toString(),
            "--tokenizer",
            "char",
            "--split",
            "tail",
            "--validation-fraction",
            "0.1",
            "--output",
            in("data"));
    assertThat(tokenized.status()).as(tokenized.err()).isZero();
    Files.writeString(directory.resolve("local/run.yaml"), settings("run"));
    Files.writeString(
        directory.resolve("local/sweep.yaml"),
        """
        runs: %1$s/runs
        data: [{path: %1$s/data}]
        budgets: [1.0e+8]
        models: [{layers: 1, heads: 1, width: 16}]
        model: {context: 16}
        """
            .formatted(directory.resolve("local")));
    Files.writeString(directory.resolve("local/points.csv"), FitJobTest.sweep());
    CommandRun trained = CommandRun.of(pretrain("--averaging", "local"));
    assertThat(trained.status()).as(trained.err()).isZero();
  }

  private static String settings(String run) {
    return """
    run: %1$s/%2$s
    data: [{path: %1$s/data}]
    model: {layers: 1, heads: 1, width: 16, context: 16}
    training: {microBatch: 4, localSteps: 5, steps: 10}
    checkpoint: {everyRounds: 1}
    evaluation: {everyRounds: 2, tokens: 100}
    """
        .formatted(directory.resolve("local"), run);
  }

  @AfterAll
  static void stop() {
    hdfs.close();
  }

  @BeforeEach
  void look() throws IOException {
    before = everything();
  }

  @AfterEach
  void nothingHasChanged() throws IOException {
    for (String key : System.getProperties().stringPropertyNames()) {
      if (key.startsWith("spark.")) {
        System.clearProperty(key);
      }
    }
    assertThat(everything()).isEqualTo(before);
  }

  private static List<String> everything() throws IOException {
    List<String> found = new ArrayList<>(hdfs.everything());
    try (Stream<Path> files = Files.walk(directory.resolve("local"))) {
      for (Path file : files.sorted().toList()) {
        found.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
      }
    }
    return found;
  }

  private static String in(String name) {
    return directory.resolve("local").resolve(name).toString();
  }

  private static String[] pretrain(String... more) {
    List<String> arguments = new ArrayList<>(List.of("pretrain", "--config", in("run.yaml")));
    arguments.addAll(List.of(more));
    return arguments.toArray(new String[0]);
  }

  /** Words of a command, with DIR for the directory of local files and ~ for a space in a word. */
  private static CommandRun words(String command) {
    String[] words = command.replace("DIR", directory.resolve("local").toString()).split(" ");
    return CommandRun.of(Stream.of(words).map(w -> w.replace('~', ' ')).toArray(String[]::new));
  }

  private static void refuses(CommandRun run, int status, String... parts) {
    assertThat(run.err().strip()).as("one line").doesNotContain("\n").startsWith("kindling");
    assertThat(run.err()).contains(parts);
    assertThat(run.status()).as(run.err()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokenizer --input hdfs://SERVER/text --vocabulary 300 --output DIR/new",
        "tokenize --input hdfs://SERVER/text --tokenizer byte --output DIR/new",
        "tokenize --input DIR/text --tokenizer byte --output hdfs://SERVER/new",
        "pretrain --config hdfs://SERVER/run.yaml",
        "pretrain --config DIR/run.yaml --set run=hdfs://SERVER/run",
        "pretrain --config DIR/run.yaml --set run=DIR/new --set data=[{path:~hdfs://SERVER/data}]",
        "pretrain --averaging local --config DIR/run.yaml --set run=hdfs://SERVER/run",
        "sweep --config DIR/sweep.yaml --set runs=hdfs://SERVER/runs",
        "evaluate --runs hdfs://SERVER/runs --data DIR/data --output DIR/new",
        "evaluate --runs DIR/run --data DIR/data --output hdfs://SERVER/new",
        "fit --points hdfs://SERVER/points.csv --output DIR/new",
        "report --evaluations DIR/points.csv --output hdfs://SERVER/new",
        "sample --checkpoint hdfs://SERVER/run --prompt a",
      })
  void nameNodeThatDoesNotAnswer(String command) {
    refuses(
        words(command.replace("SERVER", nowhere)),
        FAILED,
        "kindling: hdfs://" + nowhere + "/",
        ": the NameNode " + nowhere + " does not answer (",
        "; check that it runs, and host and port of the path or fs.defaultFS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokenize --input s3a://bucket/text --tokenizer byte --output DIR/new",
        "pretrain --config DIR/run.yaml --set run=s3a://bucket/run",
        "sweep --config s3a://bucket/sweep.yaml",
        "evaluate --runs s3a://bucket/runs --data DIR/data --output DIR/new",
        "fit --points DIR/points.csv --output s3a://bucket/new",
        "report --evaluations s3a://bucket/evaluations --output DIR/new",
      })
  void fileSystemWithoutADriver(String command) {
    refuses(
        words(command),
        FAILED,
        "kindling: s3a://bucket/",
        ": no driver for the scheme s3a:; use file:, hdfs:, or put the driver's jar on the class"
            + " path with --packages");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spark://127.0.0.1:1 | 1 | spark://127.0.0.1:1: no Master answers (",
        "spark://no.such.host.invalid:7077 | 1 | unknown host no.such.host.invalid); check that it",
        "spark://master | 2 | spark://master: expected spark://HOST:PORT, as the Master's page",
        "sparc://master:7077 | 2 | sparc://master:7077: expected local[N], spark://HOST:PORT, yarn",
        "local[two] | 2 | local[two]: expected local[N], spark://HOST:PORT, yarn",
        "yarn | 2 | yarn: Spark's client of it is not on the class path; set SPARK_HOME to a Spark"
      })
  void wrongMaster(String master, int status, String message) {
    System.setProperty("spark.master", master);
    refuses(CommandRun.of(pretrain("--set", "run=" + in("new"))), status, message);
    refuses(words("sweep --config DIR/sweep.yaml"), status, message);
    refuses(words("tokenize --input DIR/text --tokenizer byte --output DIR/new"), status, message);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -3})
  void fewerWorkersThanOne(int workers) {
    String message = "training.workers: expected at least 1, found " + workers;
    String set = " --set training.workers=" + workers;
    refuses(words("pretrain --config DIR/run.yaml --set run=DIR/new" + set), WRONG_USE, message);
    refuses(words("pretrain --config DIR/run.yaml --resume" + set), WRONG_USE, message);
    refuses(words("sweep --config DIR/sweep.yaml" + set), WRONG_USE, message);
  }

  @Test
  void moreGpusThanThereAre() {
    System.setProperty("spark.executor.resource.gpu.amount", "4");
    System.setProperty("spark.task.resource.gpu.amount", "1");
    refuses(
        CommandRun.of(pretrain("--set", "run=" + in("new"))),
        WRONG_USE,
        "spark.task.resource.gpu.amount: asks for GPUs, but this build computes on CPUs; build");
  }

  @Test
  void directoryOfAnotherRun() throws IOException {
    refuses(CommandRun.of(pretrain()), WRONG_USE, "/run: holds a run already; continue it with");
    refuses(
        CommandRun.of(pretrain("--resume", "--set", "model.width=32")),
        WRONG_USE,
        "/run: cannot be continued with other settings: model.headDim was 16, is 32; model.width was"
            + " 16, is 32; model.hidden was 64, is 128; use the run's");
    refuses(
        words("sweep --config DIR/sweep.yaml --set runs=DIR/text"),
        WRONG_USE,
        "/text: holds files that Kindling did not write (first: text.txt); give runs: an empty");
    refuses(
        CommandRun.of(pretrain("--set", "run=" + in("text"))),
        WRONG_USE,
        "/text: holds files that Kindling did not write (first: text.txt); choose an empty or new");
  }

  private static CommandRun asGuest(String command) throws Exception {
    UserGroupInformation guest = UserGroupInformation.createRemoteUser("guest");
    return guest.doAs((PrivilegedExceptionAction<CommandRun>) () -> words(command));
  }

  @Test
  void missingPermission() throws Exception {
    hdfs.write("/private/run.yaml", settings("new"));
    hdfs.write("/private/text/a.txt", "a b c");
    hdfs.makePrivate("/private");
    hdfs.makePrivate("/theirs");
    before = everything();
    String theirs = hdfs.path("/theirs/new");
    for (String command :
        new String[] {
          "tokenize --input DIR/text --tokenizer byte --output " + theirs,
          "pretrain --config DIR/run.yaml --set run=" + theirs,
          "pretrain --averaging local --config DIR/run.yaml --set run=" + theirs,
          "pretrain --config " + hdfs.path("/private/run.yaml"),
          "tokenize --tokenizer byte --output DIR/new --input " + hdfs.path("/private/text"),
          "sweep --config DIR/sweep.yaml --set runs=" + theirs,
          "evaluate --runs DIR/run --data DIR/data --output " + theirs,
          "fit --points DIR/points.csv --output " + theirs,
          "report --evaluations DIR/points.csv --output " + theirs,
        }) {
      refuses(
          asGuest(command),
          FAILED,
          "ermission denied",
          "user=guest, access=",
          "\":root:supergroup:drwx------",
          "; ");
      assertThat(everything()).as(command).isEqualTo(before);
    }
  }
}
