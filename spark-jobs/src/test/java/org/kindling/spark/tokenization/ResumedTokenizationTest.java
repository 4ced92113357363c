package org.kindling.spark.tokenization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master$;
import org.apache.spark.deploy.worker.Worker$;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.corpus.OutputMode;
import org.kindling.spark.progress.StatusLine;
import scala.Option;

/** Jobs that are killed, and attempts of tasks that run twice, leave the bytes of quiet ones. */
class ResumedTokenizationTest {
  private static final int FILES = 120;

  @TempDir static Path directory;

  @BeforeAll
  static void writeCorpus() throws IOException {
    Path home = Path.of(System.getenv("SPARK_HOME"));
    Files.createDirectories(home.resolve("jars"));
    Files.writeString(home.resolve("RELEASE"), "test");
    Files.createDirectories(directory.resolve("corpus"));
    for (int i = 0; i < FILES; i++) {
      Files.writeString(
          directory.resolve(String.format("corpus/%03d.txt", i)), "letter " + i + "\n".repeat(40));
    }
    try (SparkSession session = KilledJob.session("local[1]").getOrCreate()) {
      tokenize(session, "reference");
    }
  }

  private static void tokenize(SparkSession session, String output) throws IOException {
    var settings = KilledJob.settings(directory, output, OutputMode.RESUME);
    new Tokenization(session, settings, StatusLine.silent()).run();
  }

  private static Map<String, String> files(String name) throws IOException {
    Map<String, String> files = new TreeMap<>();
    for (String file : directory.resolve(name).toFile().list()) {
      byte[] content = Files.readAllBytes(directory.resolve(name).resolve(file));
      files.put(file, HexFormat.of().formatHex(content));
    }
    return files;
  }

  private static String[] outputs(String name) {
    return Arrays.stream(directory.toFile().list())
        .filter(file -> file.contains(name))
        .toArray(String[]::new);
  }

  private static int finished(String name) {
    String[] entries = directory.resolve(name + ".unfinished/ledger").toFile().list();
    return entries == null
        ? 0
        : (int) Arrays.stream(entries).filter(entry -> entry.startsWith("group-")).count();
  }

  @Test
  @Timeout(600)
  void aJobKilledFiveTimesWritesTheSameBytes() throws Exception {
    SplittableRandom random = new SplittableRandom(17);
    for (int kill = 0; kill < 5; kill++) {
      int before = finished("killed");
      Process job = KilledJob.start(directory, "killed");
      int more = random.nextInt(1, 3);
      while (job.isAlive() && finished("killed") < before + more) {
        Thread.sleep(5);
      }
      Thread.sleep(random.nextInt(30));
      job.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      assertThat(job.exitValue()).as("status of a process that was killed").isEqualTo(137);
      assertThat(finished("killed")).isGreaterThan(before);
      assertThat(outputs("killed")).containsExactly("killed.unfinished");
    }
    int done = finished("killed");
    Map<String, String> entries = files("killed.unfinished/ledger");
    assertThat(done).isBetween(5, 11);
    try (SparkSession session = KilledJob.session("local[2]").getOrCreate()) {
      assertThatThrownBy(
              () ->
                  new Tokenization(
                          session,
                          KilledJob.settings(directory, "killed", OutputMode.CREATE),
                          StatusLine.silent())
                      .run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(" + done + " finished parts); give --resume");
      assertThat(files("killed.unfinished/ledger")).isEqualTo(entries);
      tokenize(session, "killed");
    }
    assertThat(files("killed")).isEqualTo(files("reference"));
    assertThat(outputs("killed")).containsExactly("killed");
  }

  /** Spark tries a task a second time only on another host: two workers, two loopback addresses. */
  @Test
  @Timeout(600)
  void speculativeAttemptsLeaveNothing() throws IOException {
    SparkConf conf = new SparkConf().set("spark.master.rest.enabled", "false");
    RpcEnv master = Master$.MODULE$.startRpcEnvAndEndpoint("127.0.0.1", 0, 0, conf)._1();
    String url = master.address().toSparkURL();
    List<RpcEnv> workers = List.of(worker("127.0.0.1", url, conf), worker("127.0.0.2", url, conf));
    try {
      speculate(url);
    } finally {
      workers.forEach(RpcEnv::shutdown);
      master.shutdown();
    }
    assertThat(outputs("speculative")).containsExactly("speculative");
  }

  private static RpcEnv worker(String host, String master, SparkConf conf) {
    String work = directory.resolve("worker-" + host).toString();
    Option<Object> number = Option.empty();
    Option<String> resources = Option.empty();
    return Worker$.MODULE$.startRpcEnvAndEndpoint(
        host, 0, 0, 1, 1024, new String[] {master}, work, number, conf, resources);
  }

  private static void speculate(String master) throws IOException {
    AtomicInteger speculative = new AtomicInteger();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    try (SparkSession session =
        KilledJob.session(master)
            .config("spark.executor.memory", "512m")
            .config("spark.executor.extraClassPath", classPath)
            .config("spark.locality.wait", "0")
            .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
            .config("spark.cores.max", "2")
            .config("spark.speculation", "true")
            .config("spark.speculation.interval", "100ms")
            .config("spark.speculation.quantile", "0.5")
            .config("spark.speculation.multiplier", "1.5")
            .getOrCreate()) {
      session
          .sparkContext()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onTaskStart(SparkListenerTaskStart start) {
                  speculative.addAndGet(start.taskInfo().speculative() ? 1 : 0);
                }
              });
      tokenize(session, "speculative");
      assertThat(files("speculative")).isEqualTo(files("reference"));
      assertThat(outputs("speculative")).containsExactly("speculative");
    }
    assertThat(speculative).hasPositiveValue();
  }
}
