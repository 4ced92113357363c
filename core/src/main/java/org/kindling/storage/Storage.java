package org.kindling.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;

/**
 * The few things Kindling does to files, on whichever file system a path names. Threads may share
 * it.
 */
public final class Storage {
  /** Readers ask for more at a time; a large buffer is what opening small files would cost. */
  private static final int BUFFER_BYTES = 1 << 12;

  private final FileSystems fileSystems;

  /** Storage for tasks: waits, like the rest of a run, for an HDFS that is away for a while. */
  public Storage(Configuration configuration) {
    this(FileSystems.retrying(configuration));
  }

  private Storage(FileSystems fileSystems) {
    this.fileSystems = fileSystems;
  }

  /** Storage with Hadoop's configuration as found on the class path. */
  public static Storage standard() {
    return ofCommand(new Configuration());
  }

  /** Storage for a command, which should fail at a wrong address at once and not after minutes. */
  public static Storage ofCommand(Configuration configuration) {
    return new Storage(FileSystems.failingFast(configuration));
  }

  /** Hadoop settings with which Spark's own clients of HDFS wait as long as these here. */
  public static Map<String, String> retries() {
    return HdfsClients.RETRIES;
  }

  public Configuration configuration() {
    return fileSystems.configuration();
  }

  /**
   * The file system a path lies on; see {@link FileSystems}.
   *
   * @throws IOException naming the path, if its scheme has no driver or its server does not answer
   */
  FileSystem fileSystem(Path path) throws IOException {
    return fileSystems.of(path);
  }

  /** The path with its scheme, server and, for a relative one, working directory written out. */
  public Path qualified(Path path) throws IOException {
    return fileSystem(path).makeQualified(path);
  }

  public boolean exists(Path path) throws IOException {
    return fileSystem(path).exists(path);
  }

  public boolean isDirectory(Path path) throws IOException {
    FileSystem fs = fileSystem(path);
    return fs.exists(path) && fs.getFileStatus(path).isDirectory();
  }

  public long sizeBytes(Path path) throws IOException {
    return fileSystem(path).getFileStatus(path).getLen();
  }

  /** Direct children, hidden ones left out, sorted by name; empty if there is no such directory. */
  public List<Path> list(Path directory) throws IOException {
    return isDirectory(directory) ? Listing.children(fileSystem(directory), directory) : List.of();
  }

  /** Names of all direct children, hidden ones too, sorted; empty if there is no such directory. */
  public List<String> names(Path directory) throws IOException {
    return isDirectory(directory) ? Listing.names(fileSystem(directory), directory) : List.of();
  }

  /** Sizes of the files directly in a directory, by name, hidden ones left out. */
  public Map<String, Long> sizesBytes(Path directory) throws IOException {
    return Listing.sizesBytes(fileSystem(directory), directory);
  }

  /**
   * A file found in a listing.
   *
   * @param path fully qualified
   * @param sizeBytes when it was listed
   * @param modifiedMillis since 1970, as the file system says
   */
  public record StoredFile(Path path, long sizeBytes, long modifiedMillis) {
    static StoredFile of(FileStatus status) {
      return new StoredFile(status.getPath(), status.getLen(), status.getModificationTime());
    }
  }

  /** What a listing would say of a file now. */
  public StoredFile stored(Path file) throws IOException {
    return StoredFile.of(fileSystem(file).getFileStatus(file));
  }

  /**
   * All files below a directory, or the one file a path names, sorted by path. Hidden files and
   * what is in hidden directories are left out, except for what {@code root} itself names.
   *
   * @throws FileNotFoundException if there is no such path
   */
  public List<StoredFile> filesBelow(Path root) throws IOException {
    if (!exists(root)) {
      throw new FileNotFoundException(root + ": no such file or directory");
    }
    return Listing.filesBelow(fileSystem(root), root);
  }

  /** {@link #filesBelow(Path)} of several paths, in their order. */
  public List<StoredFile> filesBelow(List<Path> roots) throws IOException {
    List<StoredFile> files = new ArrayList<>();
    for (Path root : roots) {
      files.addAll(filesBelow(root));
    }
    return files;
  }

  /**
   * The path itself if it exists, else what matches it as a glob (Hadoop's: {@code *}, {@code ?},
   * {@code [a-c]}, {@code {a,b}}), sorted by path. Hidden files and directories match only a last
   * component that says so.
   */
  public List<Path> matching(Path pattern) throws IOException {
    return exists(pattern) ? List.of(pattern) : Listing.matching(fileSystem(pattern), pattern);
  }

  /** Whether a path has characters that mean something in a glob. */
  public static boolean isPattern(Path path) {
    return Listing.isPattern(path);
  }

  /**
   * Opens a file for reading, streaming or at given positions.
   *
   * @throws FileNotFoundException naming the file, also if it is a directory
   */
  public FSDataInputStream open(Path file) throws IOException {
    FileSystem fs = fileSystem(file);
    FileStatus found;
    try {
      found = fs.getFileStatus(file);
    } catch (FileNotFoundException e) {
      throw new FileNotFoundException(file + ": no such file");
    }
    if (found.isDirectory()) {
      throw new FileNotFoundException(file + ": is a directory, expected a file");
    }
    return fs.open(file, BUFFER_BYTES);
  }

  public byte[] read(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return in.readAllBytes();
    }
  }

  public String readText(Path file) throws IOException {
    return new String(read(file), StandardCharsets.UTF_8);
  }

  /** Starts a file that becomes visible when committed; parent directories are made. */
  public CommittedOutput create(Path file) throws IOException {
    FileSystem fs = fileSystem(file);
    return new CommittedOutput(fs, fs.makeQualified(file));
  }

  /**
   * Like {@link #create}, in a directory that must be there. A task that outlives its job cannot
   * bring back the directory that the job has deleted.
   */
  public CommittedOutput createInExisting(Path file) throws IOException {
    FileSystem fs = fileSystem(file);
    return CommittedOutput.inExisting(fs, fs.makeQualified(file));
  }

  /**
   * Writes a small file if there is none of that name; of several processes that try at once, one
   * succeeds (on object stores, which have no such operation, the last).
   *
   * @return whether this call made the file
   */
  public boolean createFirst(Path file, byte[] content) throws IOException {
    FileSystem fs = fileSystem(file);
    OutputStream out;
    try {
      out = fs instanceof LocalDisk disk ? disk.createFirst(file) : fs.create(file, false);
    } catch (FileAlreadyExistsException | java.nio.file.FileAlreadyExistsException e) {
      return false;
    }
    try (out) {
      out.write(content);
    } catch (IOException e) {
      // On a full disk the file is there and empty, and would seem to be someone's.
      fs.delete(file, false);
      throw new WriteFailedException(file.toString(), WriteFailedException.reason(e), e);
    }
    return true;
  }

  /** Writes a whole file atomically. */
  public FileChecksum write(Path file, byte[] content) throws IOException {
    try (CommittedOutput out = create(file)) {
      out.write(content);
      return out.commit();
    }
  }

  public FileChecksum writeText(Path file, String content) throws IOException {
    return write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether bytes can be added to a file: on HDFS and local disks, not on object stores. */
  public boolean canAppend(Path file) throws IOException {
    return fileSystem(file).hasPathCapability(file, CommonPathCapabilities.FS_APPEND);
  }

  /**
   * Adds bytes to a file; they are on disk when this returns, and if it throws any part of them may
   * be.
   */
  void append(Path file, byte[] bytes) throws IOException {
    FSDataOutputStream out = fileSystem(file).append(file);
    try {
      out.write(bytes);
      out.hsync();
    } catch (IOException e) {
      // HDFS throws the same exception again, which Java does not let suppress itself.
      IOUtils.closeStream(out);
      throw e;
    }
    out.close();
  }

  public void makeDirectory(Path directory) throws IOException {
    boolean made;
    try {
      made = fileSystem(directory).mkdirs(directory);
    } catch (IOException e) {
      throw new WriteFailedException(directory.toString(), WriteFailedException.reason(e), e);
    }
    if (!made) {
      throw new IOException(directory + ": could not be created; check permissions and free space");
    }
  }

  /** Deletes a file, or a directory with everything in it; does nothing if there is none. */
  public void delete(Path path) throws IOException {
    fileSystem(path).delete(path, true);
  }

  /** Deletes a directory if there is nothing in it. */
  public void deleteIfEmpty(Path directory) throws IOException {
    if (isDirectory(directory) && names(directory).isEmpty()) {
      fileSystem(directory).delete(directory, false);
    }
  }

  /** A hidden sibling under which a directory can be prepared before {@link #publish}. */
  public Path temporarySibling(Path directory) {
    // A path made of a URI may end with a slash, and then has no name.
    Path named = new Path(directory.toString());
    return new Path(named.getParent(), "." + named.getName() + "." + UUID.randomUUID() + ".tmp");
  }

  /**
   * Makes a prepared directory visible under its name. The rename is atomic on HDFS and on local
   * disks; on object stores it is not, which is why readers trust manifests and not names.
   *
   * @throws IOException if {@code target} exists or the rename fails
   */
  public void publish(Path prepared, Path target) throws IOException {
    FileSystem fs = fileSystem(target);
    if (fs.exists(target)) {
      throw new IOException(target + ": exists already");
    }
    if (!fs.rename(prepared, target)) {
      throw new IOException(target + ": could not be renamed from " + prepared.getName());
    }
  }

  /**
   * Like {@link #publish}, but an older directory makes way: it is moved aside, put back if the new
   * one cannot take its place, and deleted once it has. No file system renames a directory over one
   * that holds files, so this takes two steps: a crash between them leaves both directories whole
   * under hidden names, and none under the target's.
   */
  public void publishReplacing(Path prepared, Path target) throws IOException {
    FileSystem fs = fileSystem(target);
    if (!fs.exists(target)) {
      publish(prepared, target);
      return;
    }
    Path older = temporarySibling(target);
    if (!fs.rename(target, older)) {
      throw new IOException(target + ": could not be moved aside; check permissions");
    }
    try {
      publish(prepared, target);
    } catch (IOException e) {
      if (!fs.rename(older, target)) {
        throw new IOException(target + ": could not be replaced; it is now at " + older, e);
      }
      throw e;
    }
    fs.delete(older, true);
  }

  /**
   * Renames a file within its file system.
   *
   * @throws IOException if there is a file of the new name
   */
  public void move(Path from, Path to) throws IOException {
    FileSystem fs = fileSystem(to);
    if (fs.exists(to) || !fs.rename(from, to)) {
      throw new IOException(to + ": could not be renamed from " + from.getName());
    }
  }

  /** Asks for a path to be deleted when this process ends, should it end early. */
  public void deleteOnExit(Path path) throws IOException {
    // Hadoop does so when it closes the file systems it keeps; the local disk above is not of them.
    FileSystem fs = fileSystem(path);
    (fs instanceof LocalDisk ? path.getFileSystem(configuration()) : fs).deleteOnExit(path);
  }

  /** SHA-256 of a file's content. */
  public String sha256(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return Sha256.of(in);
    }
  }

  /** Reads a file through and computes what a manifest would record of it. */
  public FileChecksum checksum(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return FileChecksum.of(in);
    }
  }

  /**
   * Checks a file against its manifest entry.
   *
   * @throws CorruptFileException if size or checksum differ
   */
  public void verify(Path file, FileChecksum expected) throws IOException {
    // The size alone tells of a file cut short, without reading it.
    expected.requireSize(file, sizeBytes(file));
    expected.requireSame(file, checksum(file));
  }

  /**
   * Refuses to write into a directory with someone else's files in it.
   *
   * @param ours names, one of which shows that Kindling made the directory
   * @throws IllegalArgumentException if the directory has content and none of those names
   */
  public void requireOurs(Path directory, String... ours) throws IOException {
    if (exists(directory) && !isDirectory(directory)) {
      throw new IllegalArgumentException(
          directory + ": is a file, expected a directory; choose another place");
    }
    List<Path> children = list(directory);
    if (children.isEmpty()) {
      return;
    }
    List<String> names = Arrays.asList(ours);
    if (children.stream().noneMatch(p -> names.contains(p.getName()))) {
      throw new IllegalArgumentException(
          directory
              + ": holds files that Kindling did not write (first: "
              + children.get(0).getName()
              + "); choose an empty or new directory");
    }
  }
}
