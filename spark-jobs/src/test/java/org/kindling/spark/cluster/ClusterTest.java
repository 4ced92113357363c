package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterTest {
  @AfterEach
  void forget() {
    System.clearProperty("spark.master");
    System.clearProperty("spark.task.resource.gpu.amount");
  }

  private static void refuses(String master, Class<? extends Exception> type, String message) {
    System.setProperty("spark.master", master);
    assertThatThrownBy(() -> Cluster.open("test")).isInstanceOf(type).hasMessageContaining(message);
  }

  @Test
  void masterThatDoesNotAnswerIsNamedAtOnce() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    refuses(
        "spark://127.0.0.1:" + free,
        IOException.class,
        "spark://127.0.0.1:" + free + ": no Master answers (Connection refused");
  }

  @Test
  void unknownHostIsNamed() {
    refuses(
        "spark://no.such.host.invalid:7077",
        IOException.class,
        "no Master answers (unknown host no.such.host.invalid)");
  }

  @Test
  void addressWithoutPortIsRefused() {
    refuses(
        "spark://master",
        IllegalArgumentException.class,
        "spark://master: expected spark://HOST:PORT");
  }

  @Test
  void gpusWithoutABackendForThemAreRefused() {
    System.setProperty("spark.task.resource.gpu.amount", "1");
    refuses(
        "local[1]",
        IllegalArgumentException.class,
        "spark.task.resource.gpu.amount: asks for GPUs, but this build computes on CPUs");
  }
}
