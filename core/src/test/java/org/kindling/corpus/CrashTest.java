package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.Lease;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/** The process dies at each of the changes it makes to the file system, one after the other. */
class CrashTest {
  private static final DatasetManifest.Options OPTIONS =
      new DatasetManifest.Options("hash", 0.25, "fail");
  private static final String[] TEXTS = {"a", "b", "aa"};

  @TempDir Path parent;
  private Storage storage;
  private Tokenizer tokenizer;

  /** Local files that cannot be changed any more after some number of changes. */
  public static final class MortalDisk extends RawLocalFileSystem {
    static int changesLeft;

    private static void change() throws IOException {
      if (changesLeft-- <= 0) {
        throw new IOException("the process is dead");
      }
    }

    @Override
    public URI getUri() {
      return URI.create("mortal:///");
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path file,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      change();
      return super.create(file, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public FSDataOutputStream createNonRecursive(
        org.apache.hadoop.fs.Path file,
        FsPermission permission,
        java.util.EnumSet<CreateFlag> flags,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      change();
      return super.createNonRecursive(
          file, null, flags, bufferSize, replication, blockSize, progress);
    }

    @Override
    public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
        throws IOException {
      change();
      return super.rename(from, to);
    }

    @Override
    public boolean delete(org.apache.hadoop.fs.Path path, boolean recursive) throws IOException {
      change();
      return super.delete(path, recursive);
    }

    /** Hadoop starts a process for each. */
    @Override
    public void setPermission(org.apache.hadoop.fs.Path path, FsPermission permission) {}

    @Override
    public boolean mkdirs(org.apache.hadoop.fs.Path path) throws IOException {
      change();
      return super.mkdirs(path);
    }
  }

  @BeforeEach
  void setUp() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set("fs.mortal.impl", MortalDisk.class.getName());
    storage = new Storage(configuration);
    tokenizer = Tokenizers.load(storage, "byte");
  }

  /** Goes on with what is there; whether it got to the end. */
  private boolean runs(OutputMode mode, String name, int changes) throws IOException {
    MortalDisk.changesLeft = changes;
    org.apache.hadoop.fs.Path target =
        new org.apache.hadoop.fs.Path("mortal://" + parent.resolve(name));
    DatasetJob job = new DatasetJob(new TreeMap<>(), List.of());
    try (DatasetOutput output = DatasetOutput.open(storage, target, job, mode)) {
      if (output.published().isPresent()) {
        return true;
      }
      Set<Integer> finished =
          output.finished().stream().map(LedgerEntry::group).collect(Collectors.toSet());
      for (LedgerEntry entry : output.finished()) {
        assertThat(entry.damage(storage, output.parts())).isEmpty();
      }
      for (int group = 0; group < TEXTS.length; group++) {
        if (!finished.contains(group)) {
          write(output, group);
        }
      }
      output.publish(tokenizer, OPTIONS);
      return true;
    } catch (IOException e) {
      assertThat(e).hasStackTraceContaining("the process is dead");
      buryLease(name);
      return false;
    }
  }

  /** In truth the process would be gone; here it is the test's own, which lives on. */
  private void buryLease(String name) throws IOException {
    Path lease = parent.resolve(name + ".unfinished").resolve(Lease.DIRECTORY);
    if (Files.exists(lease)) {
      for (String file : lease.toFile().list()) {
        Files.delete(lease.resolve(file));
      }
      Files.delete(lease);
    }
  }

  private void write(DatasetOutput output, int group) throws IOException {
    String name = "g" + group + "-" + UUID.randomUUID();
    SplitRule rule = new HashSplit(0.25);
    try (var writer =
        new ShardWriter(storage, output.parts(), name, tokenizer, SpecialTokens.REFUSE, rule)) {
      writer.add(TEXTS[group].getBytes(StandardCharsets.UTF_8));
      output.finish(LedgerEntry.of(group, List.of(), writer.commit(), 0));
    }
  }

  private Map<String, String> files(String name) throws IOException {
    Map<String, String> files = new TreeMap<>();
    for (String file : parent.resolve(name).toFile().list()) {
      byte[] content = Files.readAllBytes(parent.resolve(name).resolve(file));
      files.put(file, java.util.HexFormat.of().formatHex(content));
    }
    return files;
  }

  @Test
  void anyCrashIsResumedToTheSameBytesAndNothingElse() throws IOException {
    assertThat(runs(OutputMode.CREATE, "reference", Integer.MAX_VALUE)).isTrue();
    int crashes = 0;
    boolean done = false;
    while (!done) {
      String name = "crash-" + crashes;
      done = runs(OutputMode.CREATE, name, crashes++);
      if (!done) {
        resume(name);
      }
      assertThat(files(name)).as(name).isEqualTo(files("reference"));
      assertThat(parent.resolve(name + ".unfinished")).doesNotExist();
    }
    assertThat(crashes).isGreaterThan(30);
  }

  @Test
  void aCrashWhileReplacingLosesNeitherTheOldNorTheNewDataset() throws IOException {
    assertThat(runs(OutputMode.CREATE, "reference", Integer.MAX_VALUE)).isTrue();
    int crashes = 0;
    boolean done = false;
    while (!done) {
      String name = "replace-" + crashes;
      SmallDataset.write(
          storage,
          new org.apache.hadoop.fs.Path(parent.resolve(name).toString()),
          tokenizer,
          Map.of(Split.TRAIN, List.of(new int[] {1, 2})));
      Map<String, String> old = files(name);
      done = runs(OutputMode.OVERWRITE, name, crashes++);
      boolean oldIsThere = parent.resolve(name).toFile().exists() && files(name).equals(old);
      if (oldIsThere
          && !parent.resolve(name + ".unfinished/ledger/group-00000.json").toFile().exists()) {
        continue;
      }
      if (!done) {
        resume(name);
      }
      assertThat(files(name)).as(name).isEqualTo(files("reference"));
      assertThat(parent.resolve(name + ".unfinished")).doesNotExist();
    }
  }

  /** Resumes, with a second crash on the way. */
  private void resume(String name) throws IOException {
    try {
      if (!runs(OutputMode.RESUME, name, 7)) {
        assertThat(runs(OutputMode.RESUME, name, Integer.MAX_VALUE)).isTrue();
      }
    } catch (IllegalArgumentException e) {
      // The crash came after the last trace of the work was gone, and before its directory was.
      assertThat(e).hasMessageContaining("there is nothing to resume");
    }
  }
}
