package org.kindling.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.kindling.kernels.Precision;

/**
 * Whether runs have the same bits: two that nothing happened to, and one whose process was killed
 * in the middle of a round and that went on from its checkpoint.
 */
final class Bits implements Work {
  private static final List<String> UNDISTURBED = List.of("first", "second");
  private static final String KILLED = "killed";
  private static final int KILL = 137;

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    BitsRun.writeData(setting);
    for (Precision precision : Precision.values()) {
      String what = "three runs in " + precision.label();
      if (setting.has(precision, what, rows)) {
        train(setting, precision, what, rows);
      }
    }
  }

  /** All at once: that they share the device must not matter either. */
  private static void train(Setting setting, Precision precision, String what, Rows rows)
      throws Exception {
    Process killed = start(setting, precision, KILLED, BitsRun.Kind.TO_BE_KILLED);
    List<Process> undisturbed = new ArrayList<>();
    for (String name : UNDISTURBED) {
      undisturbed.add(start(setting, precision, name, BitsRun.Kind.WHOLE));
    }
    kill(setting, precision, killed);
    Process resumed = start(setting, precision, KILLED, BitsRun.Kind.RESUMED);
    for (int i = 0; i < undisturbed.size(); i++) {
      requireSuccess(setting, precision, UNDISTURBED.get(i), undisturbed.get(i));
    }
    requireSuccess(setting, precision, KILLED, resumed);
    List<String> hashes = new ArrayList<>();
    for (String name : List.of(UNDISTURBED.get(0), UNDISTURBED.get(1), KILLED)) {
      hashes.add(sha256(BitsRun.model(setting, precision, name)));
    }
    compare(what, hashes, rows);
  }

  private static Process start(Setting setting, Precision precision, String name, BitsRun.Kind kind)
      throws IOException {
    return SectionProcess.start(
        setting,
        BitsRun.class,
        log(setting, precision, name),
        precision.label(),
        name,
        kind.name());
  }

  private static Path log(Setting setting, Precision precision, String name) {
    return setting.inWork("bits-" + precision.label() + "-" + name + ".log");
  }

  /** As soon as there is a checkpoint: the run is in one of the rounds after it. */
  private static void kill(Setting setting, Precision precision, Process process) throws Exception {
    Path checkpoint = BitsRun.firstCheckpoint(setting, precision, KILLED);
    while (!Files.exists(checkpoint)) {
      if (!process.isAlive()) {
        requireSuccess(setting, precision, KILLED, process);
        throw new IllegalStateException("ended before it had a checkpoint");
      }
      Thread.sleep(10);
    }
    process.destroyForcibly();
    int status = process.waitFor();
    if (status != KILL) {
      throw new IllegalStateException("was to be killed, and ended with status " + status);
    }
  }

  private static void requireSuccess(
      Setting setting, Precision precision, String name, Process process)
      throws InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException(
          "the run "
              + name
              + " ended with status "
              + status
              + "; see "
              + log(setting, precision, name));
    }
  }

  private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * @param hashes of the first run, of the second, and of the one that was killed
   */
  static void compare(String what, List<String> hashes, Rows rows) {
    Map<String, Object> values = Map.of("sha256", hashes);
    String first = hashes.get(0);
    boolean secondIs = hashes.get(1).equals(first);
    boolean killedIs = hashes.get(2).equals(first);
    if (secondIs && killedIs) {
      rows.passed(
          what,
          "two runs, and one killed and resumed: equal bit for bit, SHA-256 "
              + first.substring(0, 16)
              + "…",
          values);
    } else {
      rows.failed(
          what,
          "the second run has "
              + (secondIs ? "the same" : "OTHER")
              + " bits, the one killed and resumed "
              + (killedIs ? "the same" : "OTHER")
              + " bits",
          values);
    }
  }
}
