package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.master.Master$;
import org.junit.jupiter.api.Test;

class MasterCoresTest {
  private static String describe(String state) throws IOException {
    return MasterCores.describe(new ObjectMapper().readTree(state), "http://m:8080", "app-2");
  }

  @Test
  void holdersAreNamedWithTheirCoresAndSinceWhen() throws IOException {
    assertThat(
            describe(
                """
                {"cores": 6, "coresused": 5, "aliveworkers": 3, "activeapps": [
                  {"id": "app-1", "name": "kindling pretrain", "cores": 4, "starttime": 1764389761000},
                  {"id": "app-2", "name": "kindling pretrain", "cores": 0, "starttime": 1764389762000},
                  {"id": "app-3", "name": "shell", "cores": 1, "starttime": 1764389763000}]}
                """))
        .isEqualTo(
            "; the Master http://m:8080 has 3 Workers with 6 cores, 1 of them free, held: 4 by"
                + " kindling pretrain (app-1, since 2025-11-29T04:16:01Z), 1 by shell (app-3, since"
                + " 2025-11-29T04:16:03Z); end a dead one with: curl -d 'id=ID&terminate=true' http://m:8080/app/kill/");
  }

  @Test
  void freeCoresSayThatOtherThingsAreMissing() throws IOException {
    assertThat(
            describe("{\"cores\": 4, \"coresused\": 0, \"aliveworkers\": 2, \"activeapps\": []}"))
        .isEqualTo("; the Master http://m:8080 has 2 Workers with 4 cores, 4 of them free");
  }

  @Test
  void ownExecutorsThatAreStartingAreNoOneElses() throws IOException {
    assertThat(
            describe(
                """
                {"cores": 2, "coresused": 2, "aliveworkers": 1, "activeapps": [
                  {"id": "app-2", "name": "kindling pretrain", "cores": 2, "starttime": 1764389762000}]}
                """))
        .contains("held: 2 by this command, whose executors have not started yet;");
  }

  @Test
  void otherMastersAreNotAsked() throws IOException {
    assertThat(MasterCores.held("yarn", "app-2")).isEmpty();
    assertThat(MasterCores.end("yarn", "app-2")).isFalse();
  }

  @Test
  void masterTellsWhereItsPageIs() {
    var master =
        Master$.MODULE$.startRpcEnvAndEndpoint(
            "127.0.0.1", 0, 0, new SparkConf(false).set("spark.ui.port", "0"));
    try (JavaSparkContext spark =
        new JavaSparkContext(
            new SparkConf(false)
                .setMaster("local[1]")
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1"))) {
      String address = "spark://127.0.0.1:" + master._1().address().port();
      assertThat(MasterCores.held(address, "app-1"))
          .matches("; the Master http://127.0.0.1:\\d+ has 0 Workers with 0 cores, 0 of them free");
    } finally {
      master._1().shutdown();
      master._1().awaitTermination();
    }
  }

  @Test
  void applicationIsEndedAndWhatIsNoneIsNot() throws Exception {
    var master =
        Master$.MODULE$.startRpcEnvAndEndpoint(
            "127.0.0.1", 0, 0, new SparkConf(false).set("spark.ui.port", "0"));
    String address = "spark://127.0.0.1:" + master._1().address().port();
    try (JavaSparkContext spark =
        new JavaSparkContext(
            new SparkConf(false)
                .setMaster(address)
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1"))) {
      assertThat(MasterCores.end(address, "app-of-no-one")).isFalse();
      String id = spark.sc().applicationId();
      assertThat(MasterCores.end(address, id)).isTrue();
      for (int i = 0; !spark.sc().isStopped() && i < 100; i++) {
        Thread.sleep(100);
      }
      assertThat(spark.sc().isStopped()).isTrue();
    } finally {
      master._1().shutdown();
      master._1().awaitTermination();
    }
  }

  @Test
  void masterThatDoesNotAnswerIsSaidBriefly() {
    try (JavaSparkContext spark =
        new JavaSparkContext(
            new SparkConf(false)
                .setMaster("local[1]")
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1"))) {
      assertThat(SparkEnv.get()).isNotNull();
      assertThat(MasterCores.held("spark://127.0.0.1:1", "app-1"))
          .startsWith("; who holds the cores the Master does not say (")
          .doesNotContain("\n");
    }
  }
}
