package org.kindling.storage;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;

/**
 * Keeps two jobs from writing into one directory. The claim is a small file that names host and
 * process and is written anew every few seconds. That of a process that has died is void: at once
 * if it died on this host, else when it has been silent for {@value #SILENT_SECONDS} seconds.
 * Threads may share it.
 */
public final class DirectoryClaim implements Closeable {
  static final int SILENT_SECONDS = 60;
  private static final int BEAT_SECONDS = 10;

  private final Storage storage;
  private final Path file;
  private final String owner;
  private final Thread heart;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile IOException failure;

  private DirectoryClaim(Storage storage, Path file, String owner) {
    this.storage = storage;
    this.file = file;
    this.owner = owner;
    this.heart = new Thread(this::beat, "claim of " + file);
    heart.setDaemon(true);
    heart.start();
  }

  /**
   * Takes a directory for this process.
   *
   * @param file in the directory; nothing else may use that name
   * @throws IllegalArgumentException if a living process has it
   */
  public static DirectoryClaim take(Storage storage, Path file) throws IOException {
    String owner = Owner.ofThisProcess().line();
    byte[] content = owner.getBytes(StandardCharsets.UTF_8);
    if (!storage.createFirst(file, content)) {
      requireDead(storage, file);
      storage.delete(file);
      if (!storage.createFirst(file, content)) {
        requireDead(storage, file);
        throw new IOException(file + ": could not be taken over; try again");
      }
    }
    return new DirectoryClaim(storage, file, owner);
  }

  private static void requireDead(Storage storage, Path file) throws IOException {
    Owner other;
    long silentSeconds;
    try {
      other = Owner.read(storage.readText(file));
      silentSeconds = (System.currentTimeMillis() - storage.stored(file).modifiedMillis()) / 1000;
    } catch (FileNotFoundException e) {
      return;
    }
    boolean died = other != null && other.isOfThisHost() && !other.lives();
    if (!died && silentSeconds < SILENT_SECONDS) {
      throw new IllegalArgumentException(
          file.getParent()
              + ": another job is writing here ("
              + (other == null ? "just started" : other.host() + ", process " + other.pid())
              + ", last sign of life "
              + Math.max(0, silentSeconds)
              + " s ago); wait for its end, or, if it was killed, try again in "
              + SILENT_SECONDS
              + " s");
    }
  }

  /**
   * Makes sure that no other process has taken the directory over.
   *
   * @throws IOException if one has, or the claim could not be kept alive
   */
  public void requireHeld() throws IOException {
    if (failure != null) {
      throw new IOException(
          file.getParent() + ": the claim to it cannot be kept up; this job stops", failure);
    }
    if (!isHeld()) {
      throw new IOException(
          file.getParent() + ": another job has taken it over; this job stops and leaves it alone");
    }
  }

  private boolean isHeld() throws IOException {
    return storage.exists(file) && storage.readText(file).equals(owner);
  }

  private void beat() {
    try {
      while (!closed.await(BEAT_SECONDS, TimeUnit.SECONDS) && isHeld()) {
        storage.overwrite(file, owner.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives the directory up. */
  @Override
  public void close() throws IOException {
    closed.countDown();
    try {
      heart.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (isHeld()) {
      storage.delete(file);
    }
  }

  /** Who holds a directory; {@code claim} tells several claims of one process apart. */
  private record Owner(String host, long pid, String started, String claim) {
    static Owner ofThisProcess() throws IOException {
      ProcessHandle self = ProcessHandle.current();
      String host = InetAddress.getLocalHost().getHostName();
      return new Owner(host, self.pid(), started(self), UUID.randomUUID().toString());
    }

    private static String started(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    String line() {
      return String.join(" ", host, Long.toString(pid), started, claim);
    }

    /** Null if the line is cut short, as it may be while being written. */
    static Owner read(String line) {
      String[] words = line.split(" ");
      return words.length == 4 && words[1].matches("\\d{1,18}")
          ? new Owner(words[0], Long.parseLong(words[1]), words[2], words[3])
          : null;
    }

    boolean isOfThisHost() throws IOException {
      return host.equals(InetAddress.getLocalHost().getHostName());
    }

    boolean lives() {
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .filter(process -> started(process).equals(started))
          .isPresent();
    }
  }
}
