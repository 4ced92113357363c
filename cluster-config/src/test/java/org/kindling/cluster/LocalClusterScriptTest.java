package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the script says without starting anything; docs/cluster.md has the commands that do. */
class LocalClusterScriptTest {
  private static final Path SCRIPT = Path.of("local-cluster").toAbsolutePath();

  @TempDir private Path directory;

  private record Result(int status, String out, String err) {}

  private Result run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Test
  void helpNamesEveryActionAndOption() throws Exception {
    Result help = run("--help");
    assertThat(help.status()).isZero();
    assertThat(help.out())
        .contains("start|stop", "status", "env", "fs")
        .contains("--dir", "--yarn", "--hdfs-port", "--spark-port", "--worker-cores", "--heap");
  }

  @Test
  void wrongUseIsOneLineAndExitStatusTwo() throws Exception {
    String dir = directory.resolve("c").toString();
    for (String[] wrong :
        new String[][] {
          {"begin"},
          {"start", "--dir", dir, "--fast"},
          {"start", "--dir", dir, "datanode-9"},
          {"start", "--dir", dir, "--spark-port", "many"}
        }) {
      Result result = run(wrong);
      assertThat(result.status()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(result.err().strip()).startsWith("local-cluster: ").doesNotContain("\n");
    }
    assertThat(directory.resolve("c/data")).doesNotExist();
  }

  @Test
  void statusOfNothingSaysSo() throws Exception {
    Result result = run("status", "--dir", directory.resolve("none").toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("no cluster was started there");
  }

  /** A process that happens to have the number of a server that ended is not a server. */
  @Test
  void numberOfAnotherProcessIsNotTakenForAServer() throws Exception {
    Path cluster = Files.createDirectories(directory.resolve("old/pids")).getParent();
    Files.writeString(cluster.resolve("settings"), "hdfs_port=1\n");
    Files.writeString(
        cluster.resolve("pids/namenode"), String.valueOf(ProcessHandle.current().pid()));
    Result status = run("status", "--dir", cluster.toString());
    assertThat(status.status()).isEqualTo(3);
    assertThat(status.out()).containsPattern("namenode +down");
    assertThat(run("stop", "--dir", cluster.toString()).status()).isZero();
  }
}
