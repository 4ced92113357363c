package org.kindling.storage;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write into a directory, held by one process at a time, on any file system that
 * creates a file only if there is none.
 *
 * <p>Every taking has a number, one more than the one before, and is a file of that number in
 * {@code .lease}. Whoever creates the next number is the holder, and everyone before has lost. A
 * thread renews the lease by touching a second file; times are the file system's own, so clocks of
 * machines need not agree. One that is not renewed for its term may be taken over, and at once if
 * its holder was a process of this machine that is gone.
 *
 * <pre>{@code
 * try (Lease lease = Lease.take(storage, directory, Lease.TERM)) {
 *   lease.requireHeld();
 *   storage.publish(prepared, target);
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class Lease implements Closeable {
  /** Long enough for a NameNode to restart or a JVM to pause, short enough to wait for. */
  public static final Duration TERM = Duration.ofSeconds(60);

  /** Name of the directory, in the one that is leased, that holds what this class writes. */
  public static final String DIRECTORY = ".lease";

  /**
   * Key in Hadoop's configuration: what else has to end when the holder is dead, such as the
   * application that holds executors for it.
   */
  public static final String APPLICATION = "kindling.lease.application";

  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  private static final String RENEWED = ".renewed";
  private static final String RELEASED = ".released";
  private static final int RENEWALS_PER_TERM = 4;

  private final Storage storage;
  private final Path directory;
  private final Path leases;
  private final long number;
  private final LeaseHolder holder;
  private final Duration term;
  private final ScheduledExecutorService renewals;

  /** Both clocks: the first stands still while a virtual machine is suspended. */
  private volatile long renewedNanos;

  private volatile long renewedMillis;

  private Lease(Storage storage, Path directory, long number, LeaseHolder holder, Duration term) {
    this.storage = storage;
    this.directory = directory;
    this.leases = new Path(directory, DIRECTORY);
    this.number = number;
    this.holder = holder;
    this.term = term;
    this.renewals =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "lease of " + directory);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Takes the lease and renews it from then on.
   *
   * @param term how long it lasts if this process stops renewing it
   * @throws LeaseHeldException if another process has it, saying who and until when
   */
  public static Lease take(Storage storage, Path directory, Duration term) throws IOException {
    Path leases = new Path(directory, DIRECTORY);
    while (true) {
      storage.makeDirectory(leases);
      long newest = newest(storage, leases);
      if (newest > 0) {
        requireFree(storage, directory, newest);
      }
      LeaseHolder holder =
          LeaseHolder.thisProcess(term.toSeconds(), storage.configuration().get(APPLICATION, ""));
      if (createFirst(storage, new Path(leases, name(newest + 1)), holder)) {
        if (newest(storage, leases) == newest + 1) {
          Lease lease = new Lease(storage, directory, newest + 1, holder, term);
          lease.begin();
          return lease;
        }
        // Taken, given back and taken again by others since the listing.
        storage.delete(new Path(leases, name(newest + 1)));
      }
      // Someone else was faster: the next turn finds who.
    }
  }

  /**
   * What the last holder had working for it, if that holder is dead or silent for longer than its
   * term; empty if it has given the lease back, or there was none.
   *
   * @throws LeaseHeldException if the lease is held
   */
  public static Optional<String> orphan(Storage storage, Path directory) throws IOException {
    Path leases = new Path(directory, DIRECTORY);
    long newest = storage.exists(leases) ? newest(storage, leases) : 0;
    Path file = new Path(leases, name(newest));
    if (newest == 0 || storage.exists(file.suffix(RELEASED))) {
      return Optional.empty();
    }
    requireFree(storage, directory, newest);
    return holder(storage, file).map(LeaseHolder::application).filter(text -> !text.isEmpty());
  }

  private static boolean createFirst(Storage storage, Path file, LeaseHolder holder)
      throws IOException {
    try {
      return storage.createFirst(file, holder.toJson());
    } catch (NoSuchFileException e) {
      // The holder before has removed the directory since the listing.
      return false;
    }
  }

  private static String name(long number) {
    return String.format("%09d", number);
  }

  /** The number taken last; 0 if there is none. */
  private static long newest(Storage storage, Path leases) throws IOException {
    long newest = 0;
    for (String name : storage.names(leases)) {
      if (name.matches("\\d{9}")) {
        newest = Math.max(newest, Long.parseLong(name));
      }
    }
    return newest;
  }

  private static void requireFree(Storage storage, Path directory, long number) throws IOException {
    Path file = new Path(new Path(directory, DIRECTORY), name(number));
    if (storage.exists(file.suffix(RELEASED))) {
      return;
    }
    Optional<LeaseHolder> holder = holder(storage, file);
    if (holder.isPresent() && holder.get().isKnownDead()) {
      LOG.info("taking over from a driver that is gone ({})", holder.get().describe());
      return;
    }
    long termMillis = holder.map(LeaseHolder::termSeconds).orElse(TERM.toSeconds()) * 1000;
    long idleMillis = Math.max(0, now(storage, file) - lastSign(storage, file));
    if (idleMillis <= termMillis) {
      throw new LeaseHeldException(
          String.format(
              "%s: is in use by another driver (%s, last sign of life %d s ago); wait until it ends,"
                  + " or if it is dead go on with --resume in %d s, when its lease has run out",
              directory,
              holder.map(LeaseHolder::describe).orElse("it has just begun"),
              idleMillis / 1000,
              (termMillis - idleMillis) / 1000 + 1));
    }
    LOG.info(
        "taking over from a driver that has been silent for {} s ({})",
        idleMillis / 1000,
        holder.map(LeaseHolder::describe).orElse("unknown"));
  }

  private static Optional<LeaseHolder> holder(Storage storage, Path file) throws IOException {
    try {
      return LeaseHolder.parse(storage.read(file));
    } catch (FileNotFoundException e) {
      // A later holder has removed it, whom the caller meets next.
      return Optional.empty();
    }
  }

  private static long lastSign(Storage storage, Path file) throws IOException {
    Path renewed = file.suffix(RENEWED);
    if (storage.exists(renewed)) {
      return LeaseFiles.modifiedMillis(storage, renewed);
    }
    return storage.exists(file) ? LeaseFiles.modifiedMillis(storage, file) : Long.MAX_VALUE / 2;
  }

  /** The file system's own time. */
  private static long now(Storage storage, Path beside) throws IOException {
    Path probe = new Path(beside.getParent(), "now-" + UUID.randomUUID());
    try {
      LeaseFiles.touch(storage, probe);
      return LeaseFiles.modifiedMillis(storage, probe);
    } finally {
      storage.delete(probe);
    }
  }

  private void begin() throws IOException {
    renew();
    for (String old : storage.names(leases)) {
      if (old.matches("\\d{9}(\\.\\w+)?") && Long.parseLong(old.substring(0, 9)) < number) {
        storage.delete(new Path(leases, old));
      }
    }
    long period = term.toMillis() / RENEWALS_PER_TERM;
    renewals.scheduleWithFixedDelay(this::renewQuietly, period, period, TimeUnit.MILLISECONDS);
  }

  private void renew() throws IOException {
    long nanos = System.nanoTime();
    long millis = System.currentTimeMillis();
    LeaseFiles.touch(storage, file().suffix(RENEWED));
    renewedNanos = nanos;
    renewedMillis = millis;
  }

  private void renewQuietly() {
    try {
      if (isHeld()) {
        renew();
      }
    } catch (IOException | RuntimeException e) {
      // Whoever is about to write asks again and gets the error; until then it may pass.
      LOG.warn("the lease of {} could not be renewed: {}", directory, e.getMessage());
    }
  }

  /** Numbers begin anew once a holder has removed its lease: the same one may be another's. */
  private boolean isHeld() throws IOException {
    return newest(storage, leases) == number
        && holder(storage, file()).filter(h -> h.id().equals(holder.id())).isPresent();
  }

  private Path file() {
    return new Path(leases, name(number));
  }

  /** Grows with every taking: a later holder has a larger one. */
  public long number() {
    return number;
  }

  /**
   * Asks the file system whether this process still holds the lease. To be called right before a
   * write that must not come from two processes.
   *
   * @throws LeaseLostException if another process has taken it over
   */
  public void requireHeld() throws IOException {
    if (!isHeld()) {
      Path taker = new Path(leases, name(newest(storage, leases)));
      throw new LeaseLostException(
          directory
              + ": another driver has taken over ("
              + holder(storage, taker).map(LeaseHolder::describe).orElse("unknown")
              + ") since this one, "
              + holder.describe()
              + ", was silent for longer than "
              + term.toSeconds()
              + " s; this one ends here and writes nothing more");
    }
    renew();
  }

  /** As {@link #requireHeld}, but asks only if the last renewal is so old that it could be lost. */
  public void requireHeldLately() throws IOException {
    long safeMillis = term.toMillis() / 2;
    boolean fresh =
        System.nanoTime() - renewedNanos < safeMillis * 1_000_000
            && System.currentTimeMillis() - renewedMillis < safeMillis;
    if (!fresh) {
      requireHeld();
    }
  }

  /** Gives the lease back; does nothing if it is lost. */
  @Override
  public void close() throws IOException {
    renewals.shutdownNow();
    if (isHeld()) {
      LeaseFiles.touch(storage, file().suffix(RELEASED));
    }
  }

  /** Gives the lease back and leaves no trace of it, in a directory that is to vanish. */
  public void remove() throws IOException {
    renewals.shutdownNow();
    try {
      // A renewal under way would bring its file back.
      renewals.awaitTermination(term.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (isHeld()) {
      storage.delete(file().suffix(RENEWED));
      storage.delete(file());
      storage.deleteIfEmpty(leases);
    }
  }
}
