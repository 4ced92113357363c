package org.kindling.spark.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.master.Master$;
import org.apache.spark.deploy.master.MasterMessages.BoundPortsRequest$;
import org.apache.spark.deploy.master.MasterMessages.BoundPortsResponse;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag$;

/**
 * Who holds the cores of a standalone cluster. The Master tells the port of its page by the message
 * that its own starter asks with, and its page tells the rest as JSON.
 */
final class MasterCores {
  private static final String STANDALONE = "spark://";
  private static final int SECONDS = 5;

  private MasterCores() {}

  /**
   * In words, for the end of a message; empty where the master is no standalone one.
   *
   * @param master {@code spark://HOST:PORT}, of several the first that leads
   * @param own application that asks
   */
  static String held(String master, String own) {
    if (!master.startsWith(STANDALONE)) {
      return "";
    }
    String problem = "none of its Masters leads";
    for (String address : master.substring(STANDALONE.length()).split(",")) {
      try {
        String page = page(address);
        JsonNode state = new ObjectMapper().readTree(get(page + "/json/"));
        if (state.path("status").asText().equals("ALIVE")) {
          return describe(state, page, own);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        problem = "interrupted";
      } catch (Exception e) {
        // Scala's ask throws checked exceptions that it does not declare.
        problem = String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
      }
    }
    return "; who holds the cores the Master does not say (" + problem + ")";
  }

  private static String page(String address) {
    RpcAddress at = RpcAddress.fromSparkURL(STANDALONE + address);
    RpcEndpointRef master =
        SparkEnv.get().rpcEnv().setupEndpointRef(at, Master$.MODULE$.ENDPOINT_NAME());
    BoundPortsResponse ports =
        master.askSync(
            BoundPortsRequest$.MODULE$,
            new RpcTimeout(FiniteDuration.apply(SECONDS, "s"), "the Master's answer"),
            ClassTag$.MODULE$.apply(BoundPortsResponse.class));
    return "http://" + at.host() + ":" + ports.webUIPort();
  }

  private static String get(String address) throws IOException, InterruptedException {
    Duration limit = Duration.ofSeconds(SECONDS);
    HttpRequest request = HttpRequest.newBuilder(URI.create(address)).timeout(limit).build();
    HttpClient client = HttpClient.newBuilder().connectTimeout(limit).build();
    var answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(address + " answers with status " + answer.statusCode());
    }
    return answer.body();
  }

  /**
   * @param state of the Master, as its page gives it
   */
  static String describe(JsonNode state, String page, String own) {
    int cores = state.path("cores").asInt();
    List<String> holders = new ArrayList<>();
    for (JsonNode application : state.path("activeapps")) {
      int held = application.path("cores").asInt();
      if (held > 0 && application.path("id").asText().equals(own)) {
        holders.add(held + " by this command, whose executors have not started yet");
      } else if (held > 0) {
        holders.add(
            "%d by %s (%s, since %s)"
                .formatted(
                    held,
                    application.path("name").asText(),
                    application.path("id").asText(),
                    Instant.ofEpochMilli(application.path("starttime").asLong())
                        .truncatedTo(ChronoUnit.SECONDS)));
      }
    }
    String free =
        "; the Master %s has %d Workers with %d cores, %d of them free"
            .formatted(
                page,
                state.path("aliveworkers").asInt(),
                cores,
                cores - state.path("coresused").asInt());
    return holders.isEmpty()
        ? free
        : free
            + ", held: "
            + String.join(", ", holders)
            + "; end a dead one with: curl -d 'id=ID&terminate=true' "
            + page
            + "/app/kill/";
  }
}
