package org.kindling.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/**
 * Who holds a lease.
 *
 * @param id unique to this holding
 * @param host name of the machine
 * @param process its number there
 * @param processStart when that process began, or empty if the system does not say
 * @param place boot of the machine and namespace of process numbers, or empty where there is none
 *     to tell; numbers mean the same in the same place alone
 * @param since when the lease was taken, by the holder's clock
 * @param termSeconds how long it lasts without renewal
 * @param application that works for the process elsewhere, as {@link Lease#APPLICATION} says; may
 *     be null or empty
 */
record LeaseHolder(
    String id,
    String host,
    long process,
    String processStart,
    String place,
    String since,
    long termSeconds,
    String application) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static LeaseHolder thisProcess(long termSeconds, String application) {
    ProcessHandle process = ProcessHandle.current();
    return new LeaseHolder(
        UUID.randomUUID().toString(),
        hostName(),
        process.pid(),
        startOf(process),
        here(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        termSeconds,
        application);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // The name is for people; a machine that does not know its own is still told from others.
      return "a host without a name";
    }
  }

  private static String startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
  }

  private static String here() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + " "
          + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException e) {
      // Only Linux has these files: elsewhere a holder counts as alive until its lease runs out.
      return "";
    }
  }

  /** Whether the holder ran on this machine and its process is gone. */
  boolean isKnownDead() {
    if (place.isEmpty() || processStart.isEmpty() || !place.equals(here())) {
      return false;
    }
    Optional<ProcessHandle> found = ProcessHandle.of(process);
    return found.isEmpty() || !startOf(found.get()).equals(processStart);
  }

  byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a lease of plain texts and numbers cannot be written", e);
    }
  }

  /** Empty if the file is not whole yet: its writer has taken the lease and is about to say who. */
  static Optional<LeaseHolder> parse(byte[] json) {
    try {
      return Optional.ofNullable(JSON.readValue(json, LeaseHolder.class));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  String describe() {
    return "host " + host + ", process " + process + ", since " + since;
  }
}
