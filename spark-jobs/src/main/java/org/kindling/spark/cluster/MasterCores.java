package org.kindling.spark.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
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
    try {
      Leader leader = leader(master);
      return describe(leader.state(), leader.page(), own);
    } catch (IOException e) {
      return "; who holds the cores the Master does not say (" + e.getMessage() + ")";
    }
  }

  /**
   * Ends an application whose driver is dead, which the Master does not know: it starts executors
   * for it again and again.
   *
   * @return whether there was one to end; false, too, where the master is no standalone one
   * @throws IOException if the Master does not answer, or is not asked by its page to end anything
   *     (spark.ui.killEnabled)
   */
  static boolean end(String master, String application) throws IOException {
    if (!master.startsWith(STANDALONE)) {
      return false;
    }
    Leader leader = leader(master);
    for (JsonNode active : leader.state().path("activeapps")) {
      if (active.path("id").asText().equals(application)) {
        String form = "id=" + URLEncoder.encode(application, StandardCharsets.UTF_8);
        ask(
            HttpRequest.newBuilder(URI.create(leader.page() + "/app/kill/"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form + "&terminate=true")));
        return true;
      }
    }
    return false;
  }

  /** The Master that leads. */
  private record Leader(String page, JsonNode state) {}

  private static Leader leader(String master) throws IOException {
    String problem = "none of its Masters leads";
    for (String address : master.substring(STANDALONE.length()).split(",")) {
      try {
        String page = page(address);
        String json = ask(HttpRequest.newBuilder(URI.create(page + "/json/")));
        JsonNode state = new ObjectMapper().readTree(json);
        if (state.path("status").asText().equals("ALIVE")) {
          return new Leader(page, state);
        }
      } catch (Exception e) {
        // Scala's ask throws checked exceptions that it does not declare.
        problem = String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
      }
    }
    throw new IOException(problem);
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

  private static String ask(HttpRequest.Builder request) throws IOException {
    Duration limit = Duration.ofSeconds(SECONDS);
    HttpRequest asked = request.timeout(limit).build();
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(limit)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    try {
      var answer = client.send(asked, BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(asked.uri() + " answers with status " + answer.statusCode());
      }
      return answer.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
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
