package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEnv;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.LocalCluster;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingRun;
import scala.Option;

/**
 * A run with the settings of the standalone template, those of authentication, encryption and the
 * event log switched on, on executors that are processes; and the history server on what it wrote.
 */
class TemplateRunTest {
  private static final Path TEMPLATE = Path.of("../cluster-config/spark-defaults/standalone.conf");
  private static final Pattern LINE = Pattern.compile("^(# )?(spark\\.\\S+)\\s+(\\S.*)$");

  /** Where, and how large: the test's own. */
  private static final Pattern PLACE =
      Pattern.compile(
          "spark\\.(master|driver\\.memory|executor\\.memory|executor\\.cores|cores\\.max)");

  private static final Pattern OFFERED =
      Pattern.compile(
          "spark\\.(authenticate|authenticate\\.secret|network\\.crypto\\.enabled"
              + "|io\\.encryption\\.enabled|eventLog\\..*|history\\..*|decommission\\.enabled"
              + "|storage\\.decommission\\..*)");

  @TempDir Path directory;

  private Map<String, String> template() throws IOException {
    Map<String, String> settings = new TreeMap<>();
    for (String line : Files.readAllLines(TEMPLATE)) {
      Matcher parts = LINE.matcher(line);
      if (parts.matches()
          && !PLACE.matcher(parts.group(2)).matches()
          && (parts.group(1) == null || OFFERED.matcher(parts.group(2)).matches())) {
        settings.put(
            parts.group(2), parts.group(3).replace("hdfs:///spark/events", events().toString()));
      }
    }
    return settings;
  }

  private URI events() {
    return directory.resolve("events").toUri();
  }

  private SparkConf conf() throws IOException {
    SparkConf conf = LocalCluster.conf(2, 1);
    template().forEach(conf::set);
    return conf.setAppName("template");
  }

  @Test
  @Timeout(600)
  void trainsToTheSameBitsAndLeavesAHistory() throws Exception {
    Files.createDirectories(directory.resolve("events"));
    assertThat(template())
        .containsEntry("spark.authenticate", "true")
        .containsEntry("spark.speculation", "true");
    TrainingFixture fixture = new TrainingFixture(directory);
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 12), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = new JavaSparkContext(conf())) {
      requireSecrets(spark);
      try (SparkRounds engine = new SparkRounds(spark, "secured", run)) {
        new TrainingRun(
                run,
                fixture.identity("secured"),
                TrainingFixture.CHECKPOINTS,
                fixture.storage(),
                engine,
                new TrainingFixture.Recorder())
            .start();
      }
    }
    assertThat(fixture.model("secured", 12)).isEqualTo(fixture.model("reference", 12));
    assertThat(history()).contains("\"name\" : \"template\"").contains("\"completed\" : true");
  }

  /** Executors encrypt; the driver lets no one in who has another secret. */
  private static void requireSecrets(JavaSparkContext spark) {
    List<String> said =
        spark
            .parallelize(List.of(1, 2), 2)
            .map(
                i -> {
                  SparkConf conf = SparkEnv.get().conf();
                  return SparkEnv.get().executorId()
                      + " "
                      + SparkEnv.get().securityManager().isAuthenticationEnabled()
                      + SparkEnv.get().securityManager().isEncryptionEnabled()
                      + SparkEnv.get().securityManager().getIOEncryptionKey().isDefined()
                      + conf.get("spark.decommission.enabled");
                })
            .collect();
    assertThat(said).allMatch(line -> line.matches("\\d+ (true){4}"));
    RpcAddress driver = SparkEnv.get().rpcEnv().address();
    knock(driver, spark.getConf());
    SparkConf other = spark.getConf().clone().set("spark.authenticate.secret", "another one");
    assertThatThrownBy(() -> knock(driver, other)).isInstanceOf(SparkException.class);
  }

  private static void knock(RpcAddress driver, SparkConf conf) {
    SecurityManager security =
        new SecurityManager(
            conf,
            Option.empty(),
            org.apache.spark.internal.config.package$.MODULE$.AUTH_SECRET_FILE());
    security.initializeAuth();
    RpcEnv visitor =
        RpcEnv.create("visitor", "127.0.0.1", "127.0.0.1", -1, conf, security, 1, true);
    try {
      visitor.setupEndpointRef(driver, "MapOutputTracker");
    } finally {
      visitor.shutdown();
    }
  }

  private String history() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    template().forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.add("-Dspark.history.ui.port=" + port);
    command.add("-Dspark.history.fs.update.interval=1s");
    command.addAll(
        List.of(
            "-Xmx256m",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "org.apache.spark.deploy.history.HistoryServer"));
    Path log = directory.resolve("history.log");
    Process server =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      return applications(port, server, log);
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static String applications(int port, Process server, Path log) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port + "/api/v1/applications?status=completed"))
            .build();
    String answer = "";
    while (!answer.contains("template")) {
      assertThat(server.isAlive()).as(Files.readString(log)).isTrue();
      Thread.sleep(200);
      try {
        answer =
            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
      } catch (IOException e) {
        // Not listening yet; the test's time limit ends this.
        answer = "";
      }
    }
    return answer;
  }
}
