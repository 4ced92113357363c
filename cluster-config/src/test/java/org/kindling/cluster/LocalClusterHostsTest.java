package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code local-cluster --hosts}: what it refuses, and, where this is root, a network that is real.
 */
class LocalClusterHostsTest {
  private static final Path SCRIPT = Path.of("local-cluster").toAbsolutePath();
  private static final int MEGABYTE = 1 << 20;

  @TempDir private Path directory;

  private record Result(int status, String out, String err) {}

  private Result call(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Result run(String action, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString(), action));
    command.addAll(List.of("--dir", directory.resolve("c").toString()));
    command.addAll(List.of(arguments));
    return call(command.toArray(String[]::new));
  }

  private String done(String action, String... arguments) throws IOException, InterruptedException {
    Result result = run(action, arguments);
    assertThat(result.status()).as("%s: %s", action, result.err()).isZero();
    return result.out();
  }

  private static boolean isRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  @Test
  void wrongUseIsOneLineAndExitStatusTwo() throws Exception {
    for (String[] wrong :
        new String[][] {
          {"start", "--hosts", "1"},
          {"start", "--hosts", "201"},
          {"start", "--hosts", "many"},
          {"start", "--hosts", "2", "--bandwidth", "fast"},
          {"start", "--hosts", "2", "--bandwidth", "0mbit"},
          {"start", "--hosts", "2", "--delay", "1"},
          {"start", "--hosts", "2", "--loss", "2"},
          {"start", "--hosts", "2", "--loss", "100%"},
          {"start", "--hosts", "2", "--yarn"}
        }) {
      String[] arguments = List.of(wrong).subList(1, wrong.length).toArray(String[]::new);
      Result result = run(wrong[0], arguments);
      assertThat(result.status()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(result.err().strip()).startsWith("local-cluster: --").doesNotContain("\n");
    }
    assertThat(directory.resolve("c/data")).doesNotExist();
  }

  @Test
  void clusterOnLoopbackHasNoHosts() throws Exception {
    Path cluster = Files.createDirectories(directory.resolve("c"));
    Files.writeString(cluster.resolve("settings"), "hdfs_port=1\n");
    for (String[] command :
        new String[][] {{"run", "true"}, {"link", "worker-1", "down"}, {"heal"}, {"counters"}}) {
      Result result =
          run(command[0], List.of(command).subList(1, command.length).toArray(String[]::new));
      assertThat(result.status()).isEqualTo(2);
      assertThat(result.err()).contains("has no hosts of its own; start it with --hosts N");
    }
    assertThat(run("start", "--hosts", "2").err()).contains("was started with 0");
  }

  @Test
  void whoIsNotRootIsToldWhatToDo() throws Exception {
    String start = SCRIPT + " start --hosts 2 --dir " + directory.resolve("c");
    Result result;
    if (isRoot()) {
      call("chmod", "-R", "a+rwx", directory.toString());
      result = call("setpriv", "--reuid=65534", "--clear-groups", "bash", "-c", start);
    } else {
      result = call("bash", "-c", start);
    }
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().strip())
        .startsWith("local-cluster: --hosts: making network namespaces needs root")
        .contains("sudo -E", "leave --hosts out")
        .doesNotContain("\n");
  }

  private long counter(String host, String name) throws Exception {
    Matcher found =
        Pattern.compile("\"host\": \"" + host + "\".*\"" + name + "\": (\\d+)")
            .matcher(done("counters"));
    assertThat(found.find()).isTrue();
    return Long.parseLong(found.group(1));
  }

  /**
   * Sends a megabyte from a host to another; returns the seconds it took, or -1 if it did not
   * arrive.
   */
  private double send(String from, String to, String address) throws Exception {
    String receive =
        "import socket; s = socket.create_server(('"
            + address
            + "', 5001)); s.settimeout(4)\n"
            + "c, _ = s.accept(); c.settimeout(8); n = 0\n"
            + "while d := c.recv(1 << 20): n += len(d)\n"
            + "print(n)";
    String transmit =
        "import socket, time; s = socket.create_connection(('"
            + address
            + "', 5001), 2)\n"
            + "t = time.time(); s.sendall(bytes(1 << 20)); s.shutdown(1); s.recv(1)\n"
            + "print(time.time() - t)";
    Path out = Files.createTempFile(directory, "received", "");
    Process receiver =
        new ProcessBuilder(
                SCRIPT.toString(),
                "run",
                "--dir",
                directory.resolve("c").toString(),
                "--host",
                to,
                "python3",
                "-c",
                receive)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Thread.sleep(700);
    Result sent = run("run", "--host", from, "python3", "-c", transmit);
    assertThat(receiver.waitFor(20, TimeUnit.SECONDS)).isTrue();
    boolean arrived = Files.readString(out).strip().equals(String.valueOf(MEGABYTE));
    return arrived ? Double.parseDouble(sent.out().strip()) : -1;
  }

  @Test
  @Timeout(600)
  void hostsHaveLinksThatCountAndBreakAndHeal() throws Exception {
    assumeTrue(
        isRoot() && call("unshare", "-n", "true").status() == 0, "network namespaces need root");
    try {
      String started =
          done(
              "start",
              "--hosts",
              "2",
              "--bandwidth",
              "100mbit",
              "--delay",
              "2ms",
              "--heap",
              "128m");
      assertThat(started)
          .containsPattern("worker-2 +running")
          .containsPattern("host worker-1 +10.77.0.11 +link up: 100mbit 2ms 0%");
      assertThat(done("run", "bash", "-c", "echo $SPARK_LOCAL_IP $SPARK_MASTER"))
          .startsWith("10.77.0.2 spark://10.77.0.1:");
      done("fs", "-mkdir", "/from-the-driver");

      long before = counter("worker-1", "sentBytes");
      assertThat(send("worker-1", "worker-2", "10.77.0.12")).isGreaterThan(0);
      assertThat(counter("worker-1", "sentBytes") - before)
          .isBetween(1L * MEGABYTE, 3L * MEGABYTE / 2);

      done("shape", "worker-2", "--bandwidth", "4mbit");
      assertThat(send("worker-1", "worker-2", "10.77.0.12")).isGreaterThan(1);
      done("shape", "worker-2", "--bandwidth", "1gbit");

      done("link", "worker-2", "down");
      assertThat(send("worker-1", "worker-2", "10.77.0.12")).isEqualTo(-1);
      done("link", "worker-2", "up");
      assertThat(send("worker-1", "worker-2", "10.77.0.12")).isGreaterThan(0);

      done("partition", "worker-1", "worker-2");
      assertThat(send("worker-1", "worker-2", "10.77.0.12")).isGreaterThan(0);
      assertThat(send("driver", "worker-2", "10.77.0.12")).isEqualTo(-1);
      done("heal");
      assertThat(send("driver", "worker-2", "10.77.0.12")).isGreaterThan(0);

      done("pause", "worker-1");
      assertThat(states()).contains("T");
      done("resume", "worker-1");
      assertThat(states()).doesNotContain("T");

      Result unknown = run("link", "worker-3", "down");
      assertThat(unknown.status()).isEqualTo(2);
      assertThat(unknown.err()).contains("unknown host 'worker-3'; expected one of master driver");
      // As after a crash: nothing is known of who runs.
      Files.delete(directory.resolve("c/settings"));
    } finally {
      run("stop");
    }
    assertThat(call("ip", "netns", "list").out()).doesNotContain(id());
    assertThat(call("pgrep", "-f", directory.resolve("c").toString()).out()).isEmpty();
  }

  private String id() throws Exception {
    String sum =
        call("bash", "-c", "printf %s " + directory.resolve("c").toRealPath() + " | cksum").out();
    return "kindling-" + sum.split(" ")[0];
  }

  private String states() throws Exception {
    return call("bash", "-c", "ps -o stat= -p $(ip netns pids " + id() + "-worker-1 | paste -sd,)")
        .out();
  }
}
