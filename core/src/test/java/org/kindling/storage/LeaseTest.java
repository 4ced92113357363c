package org.kindling.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  private static final Duration TERM = Duration.ofSeconds(60);

  @TempDir java.nio.file.Path directory;
  private final Storage storage = Storage.standard();

  private Lease take() throws IOException {
    return Lease.take(storage, new Path(directory.toUri()), TERM);
  }

  private java.nio.file.Path file(String name) {
    return directory.resolve(".lease").resolve(name);
  }

  private void silentFor(long seconds, String name) throws IOException {
    Files.setLastModifiedTime(file(name), FileTime.from(Instant.now().minusSeconds(seconds)));
  }

  @Test
  void secondHolderIsRefusedAndToldWhoHoldsItAndUntilWhen() throws IOException {
    try (Lease lease = take()) {
      silentFor(20, "000000001.renewed");
      assertThatThrownBy(this::take)
          .isInstanceOf(LeaseHeldException.class)
          .hasMessageContaining("is in use by another driver (host ")
          .hasMessageContaining("process " + ProcessHandle.current().pid() + ", since 20")
          .hasMessageMatching(
              ".*last sign of life (19|2[01]) s ago\\); wait until it ends, or if it is dead go on with"
                  + " --resume in (39|40|41) s, when its lease has run out");
      lease.requireHeld();
    }
  }

  @Test
  void returnedLeaseIsFreeAndNumbersGrow() throws IOException {
    for (int i = 1; i <= 3; i++) {
      try (Lease lease = take()) {
        assertThat(lease.number()).isEqualTo(i);
        lease.requireHeld();
      }
    }
    try (var files = Files.list(directory.resolve(".lease"))) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("000000003", "000000003.renewed", "000000003.released");
    }
  }

  @Test
  void removedLeaseLeavesNothing() throws IOException {
    Lease lease = take();
    assertThatThrownBy(this::take).isInstanceOf(LeaseHeldException.class);
    lease.remove();
    assertThat(directory).isEmptyDirectory();
    try (Lease next = take()) {
      assertThat(next.number()).isEqualTo(1);
      lease.remove();
      next.requireHeld();
      assertThatThrownBy(lease::requireHeld).isInstanceOf(LeaseLostException.class);
    }
  }

  @Test
  void silentHolderLosesItAndHearsOfIt() throws IOException {
    Lease silent = take();
    silentFor(61, "000000001.renewed");
    try (Lease taker = take()) {
      assertThat(taker.number()).isEqualTo(2);
      taker.requireHeld();
      assertThatThrownBy(silent::requireHeld)
          .isInstanceOf(LeaseLostException.class)
          .hasMessageContaining("another driver has taken over (host ")
          .hasMessageEndingWith("this one ends here and writes nothing more");
      silent.close();
      taker.requireHeld();
    }
  }

  /** As after a pause of the process that was shorter than any timeout. */
  @Test
  void silentHolderThatNobodyReplacedGoesOn() throws IOException {
    try (Lease lease = take()) {
      silentFor(500, "000000001.renewed");
      lease.requireHeld();
      assertThatThrownBy(this::take).isInstanceOf(LeaseHeldException.class);
    }
  }

  @Test
  void renewalHappensByItself() throws Exception {
    try (Lease lease = Lease.take(storage, new Path(directory.toUri()), Duration.ofSeconds(1))) {
      Thread.sleep(1500);
      assertThatThrownBy(this::take).isInstanceOf(LeaseHeldException.class);
      lease.requireHeldLately();
    }
  }

  @Test
  void deadProcessOfThisMachineIsReplacedAtOnce() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    LeaseHolder self = LeaseHolder.thisProcess(60, "");
    LeaseHolder other =
        new LeaseHolder(
            "x",
            self.host(),
            process.pid(),
            process.info().startInstant().orElseThrow().toString(),
            self.place(),
            self.since(),
            60,
            "");
    Files.createDirectories(directory.resolve(".lease"));
    Files.write(file("000000007"), other.toJson());
    assertThatThrownBy(this::take)
        .hasMessageContaining("process " + process.pid() + ", since " + self.since());
    process.destroyForcibly().waitFor();
    try (Lease lease = take()) {
      assertThat(lease.number()).isEqualTo(8);
    }
  }

  /** A number means another process on another machine, or after another boot. */
  @Test
  void processOfAnotherMachineIsWaitedFor() throws IOException {
    LeaseHolder other = new LeaseHolder("x", "h", 4_000_000, "then", "boot pid:[1]", "now", 60, "");
    Files.createDirectories(directory.resolve(".lease"));
    Files.write(file("000000001"), other.toJson());
    assertThatThrownBy(this::take).hasMessageContaining("(host h, process 4000000, since now");
    silentFor(61, "000000001");
    assertThatCode(() -> take().close()).doesNotThrowAnyException();
  }

  @Test
  void whatADeadHolderLeavesIsNamedWhenItsLeaseHasRunOut() throws IOException {
    Path path = new Path(directory.toUri());
    assertThat(Lease.orphan(storage, path)).isEmpty();
    LeaseHolder other = new LeaseHolder("x", "h", 4_000_000, "then", "b p", "now", 60, "app-7");
    Files.createDirectories(directory.resolve(".lease"));
    Files.write(file("000000001"), other.toJson());
    assertThatThrownBy(() -> Lease.orphan(storage, path)).isInstanceOf(LeaseHeldException.class);
    silentFor(61, "000000001");
    assertThat(Lease.orphan(storage, path)).contains("app-7");
    Files.createFile(file("000000001.released"));
    assertThat(Lease.orphan(storage, path)).isEmpty();
  }

  /** Leases of earlier versions name no application. */
  @Test
  void holderWithoutAnApplicationLeavesNothing() throws IOException {
    Files.createDirectories(directory.resolve(".lease"));
    String json = new String(LeaseHolder.thisProcess(60, "app-7").toJson(), UTF_8);
    Files.writeString(
        file("000000001"),
        json.replace(",\"application\":\"app-7\"", "").replace("pid:", "elsewhere:"));
    silentFor(61, "000000001");
    assertThat(Lease.orphan(storage, new Path(directory.toUri()))).isEmpty();
  }

  @Test
  void takingNamesTheApplication() throws IOException {
    storage.configuration().set(Lease.APPLICATION, "app-8");
    try (Lease lease = take()) {
      lease.requireHeld();
      assertThat(LeaseHolder.parse(Files.readAllBytes(file("000000001"))).orElseThrow())
          .returns("app-8", LeaseHolder::application);
    }
  }

  @Test
  void holderThatHasNotYetSaidWhoItIsIsWaitedFor() throws IOException {
    Files.createDirectories(directory.resolve(".lease"));
    Files.write(file("000000001"), new byte[0]);
    assertThatThrownBy(this::take).hasMessageContaining("(it has just begun, last sign of life");
  }

  @Test
  void ofManyAtOnceOneGetsIt() throws Exception {
    int contenders = 8;
    ExecutorService threads = Executors.newFixedThreadPool(contenders);
    CyclicBarrier start = new CyclicBarrier(contenders);
    List<Future<Lease>> results = new ArrayList<>();
    Callable<Lease> contender =
        () -> {
          start.await();
          try {
            return take();
          } catch (LeaseHeldException e) {
            return null;
          }
        };
    for (int i = 0; i < contenders; i++) {
      results.add(threads.submit(contender));
    }
    List<Lease> held = new ArrayList<>();
    for (Future<Lease> result : results) {
      if (result.get() != null) {
        held.add(result.get());
      }
    }
    threads.shutdown();
    assertThat(held).hasSize(1);
    held.get(0).requireHeld();
    held.get(0).close();
  }
}
