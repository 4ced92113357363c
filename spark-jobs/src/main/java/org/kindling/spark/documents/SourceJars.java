package org.kindling.spark.documents;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * Unpacks the {@code .java} and {@code .scala} files of all {@code -sources.jar} files of a
 * directory: a corpus of source code, one document a file, at {@code OUTPUT/ARTIFACT/PATH}. Files
 * that are empty, not UTF-8 or written by a protocol buffer compiler, and paths that lead
 * elsewhere, are left out.
 */
public final class SourceJars {
  /** Marks a directory as made by this class and lists the jars that went in. */
  static final String MARKER = ".kindling-corpus";

  private static final String SUFFIX = "-sources.jar";
  private static final Pattern SOURCE = Pattern.compile(".+\\.(java|scala)");

  private final Storage storage;
  private final Path jars;
  private final Path output;

  public SourceJars(Storage storage, Path jars, Path output) {
    this.storage = storage;
    this.jars = jars;
    this.output = output;
  }

  /**
   * What is in the directory now.
   *
   * @param files number of files
   * @param sizeBytes of all files
   * @param skipped files left out because they are not UTF-8, generated or lead elsewhere
   * @param alreadyDone whether the same jars had been unpacked before
   */
  public record Unpacked(long files, long sizeBytes, long skipped, boolean alreadyDone) {}

  /** Unpacks all jars, or finds that this was done before. Failing, it leaves nothing behind. */
  public Unpacked unpack() throws IOException {
    List<Path> found = jarFiles();
    String ingredients = describe(found);
    requireOurs();
    Path marker = new Path(output, MARKER);
    if (storage.exists(marker)) {
      String before = storage.readText(marker);
      if (before.startsWith(ingredients)) {
        return parse(before.substring(ingredients.length()));
      }
    }
    Path prepared = storage.temporarySibling(storage.qualified(output));
    storage.deleteOnExit(prepared);
    try {
      Unpacked unpacked = unpackAll(found, prepared);
      storage.writeText(new Path(prepared, MARKER), ingredients + format(unpacked));
      storage.publishReplacing(prepared, output);
      return unpacked;
    } finally {
      storage.delete(prepared);
    }
  }

  private List<Path> jarFiles() throws IOException {
    List<Path> found =
        storage.list(jars).stream().filter(path -> path.getName().endsWith(SUFFIX)).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "--jars " + jars + ": holds no *" + SUFFIX + " files; fetch some with Maven first");
    }
    return found;
  }

  private String describe(List<Path> found) throws IOException {
    StringBuilder lines = new StringBuilder("sources of\n");
    for (Path jar : found) {
      lines.append(jar.getName()).append(' ').append(storage.sizeBytes(jar)).append('\n');
    }
    return lines.toString();
  }

  private void requireOurs() throws IOException {
    if (storage.exists(output) && !storage.isDirectory(output)) {
      throw new IllegalArgumentException(
          "--output " + output + ": is a file, expected a directory; choose another");
    }
    List<String> names = storage.names(output);
    if (!names.isEmpty() && !names.contains(MARKER)) {
      throw new IllegalArgumentException(
          "--output "
              + output
              + ": holds files that kindling corpus did not write (first: "
              + names.get(0)
              + "); choose an empty or new directory");
    }
  }

  private static String format(Unpacked unpacked) {
    return unpacked.files() + " " + unpacked.sizeBytes() + " " + unpacked.skipped() + "\n";
  }

  private static Unpacked parse(String line) {
    String[] numbers = line.strip().split(" ");
    return new Unpacked(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]), true);
  }

  private Unpacked unpackAll(List<Path> found, Path prepared) throws IOException {
    long files = 0;
    long sizeBytes = 0;
    long skipped = 0;
    for (Path jar : found) {
      String artifact = jar.getName().substring(0, jar.getName().length() - SUFFIX.length());
      Set<String> names = new TreeSet<>();
      try (ZipInputStream zip = new ZipInputStream(storage.open(jar))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          if (!SOURCE.matcher(entry.getName()).matches() || !names.add(entry.getName())) {
            continue;
          }
          byte[] content = zip.readAllBytes();
          if (leadsElsewhere(entry.getName()) || !isText(content) || isGenerated(content)) {
            skipped++;
          } else if (content.length > 0) {
            write(new Path(prepared, artifact + "/" + entry.getName()), content);
            files++;
            sizeBytes += content.length;
          }
        }
      } catch (ZipException | EOFException e) {
        throw new CorruptFileException(
            jar.toString(),
            0,
            "is no intact jar ("
                + (e instanceof EOFException ? "it ends early" : e.getMessage())
                + "); fetch it again");
      }
    }
    requireFiles(files);
    return new Unpacked(files, sizeBytes, skipped, false);
  }

  private void requireFiles(long files) {
    if (files == 0) {
      throw new IllegalArgumentException(
          "--jars " + jars + ": the jars hold no .java and .scala files; give others");
    }
  }

  private static boolean leadsElsewhere(String name) {
    return name.startsWith("/")
        || name.contains("\\")
        || name.contains(":")
        || List.of(name.split("/")).contains("..");
  }

  /**
   * Whether a protocol buffer compiler wrote the file. One such file of spark-core is 3.9 MB of the
   * same few lines: in the validation split it would be most of what is measured.
   */
  private static boolean isGenerated(byte[] content) {
    String start =
        new String(content, 0, Math.min(content.length, 200), StandardCharsets.ISO_8859_1);
    return start.contains("Generated by the protocol buffer compiler");
  }

  private static boolean isText(byte[] content) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private void write(Path file, byte[] content) throws IOException {
    try (CommittedOutput out = storage.create(file)) {
      out.write(content, 0, content.length);
      out.commit();
    }
  }
}
