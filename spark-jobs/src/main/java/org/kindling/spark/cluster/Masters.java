package org.kindling.spark.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Looks at {@code spark.master} before Spark does, which tries for a minute and then gives up. */
final class Masters {
  private static final int CONNECT_MILLIS = 5000;
  private static final String STANDALONE = "spark://";

  /** As Spark's own patterns for masters in one process. */
  private static final Pattern LOCAL =
      Pattern.compile(
          "local|local\\[(\\d+|\\*)(\\s*,\\s*\\d+)?]"
              + "|local-cluster\\[\\s*\\d+\\s*,\\s*\\d+\\s*,\\s*\\d+\\s*]");

  private Masters() {}

  /**
   * @throws IllegalArgumentException if there is no such kind of master, or if this class path
   *     cannot talk to it
   * @throws IOException if a standalone Master does not answer
   */
  static void require(String master) throws IOException {
    if (master.startsWith(STANDALONE)) {
      requireAnswer(master);
    } else if (master.equals("yarn")) {
      requireClass(master, "org.apache.spark.scheduler.cluster.YarnClusterManager");
    } else if (master.startsWith("k8s://")) {
      requireClass(master, "org.apache.spark.scheduler.cluster.k8s.KubernetesClusterManager");
    } else if (!LOCAL.matcher(master).matches()) {
      throw new IllegalArgumentException(
          master + ": expected local[N], spark://HOST:PORT, yarn or k8s://https://HOST:PORT");
    }
  }

  private static void requireClass(String master, String name) {
    try {
      Class.forName(name, false, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          master
              + ": Spark's client of it is not on the class path; set SPARK_HOME to a Spark"
              + " distribution, which has it",
          e);
    }
  }

  private static void requireAnswer(String master) throws IOException {
    String problem = "no address";
    for (String address : master.substring(STANDALONE.length()).split(",")) {
      String[] parts = address.split(":");
      if (parts.length != 2 || !parts[1].matches("\\d{1,5}")) {
        throw new IllegalArgumentException(
            master + ": expected spark://HOST:PORT, as the Master's page shows it at its top");
      }
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), CONNECT_MILLIS);
        return;
      } catch (UnknownHostException e) {
        problem = "unknown host " + parts[0];
      } catch (IOException e) {
        problem = e.getMessage();
      }
    }
    throw new IOException(
        master
            + ": no Master answers ("
            + problem
            + "); check that it runs, and its address on the page of the Master");
  }
}
