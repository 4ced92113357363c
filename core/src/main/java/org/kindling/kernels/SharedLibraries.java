package org.kindling.kernels;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the dynamic linker would look for a library. Files are looked for and nothing is loaded:
 * CUDA's libraries are hundreds of megabytes.
 *
 * @param directories in the order of search
 */
public record SharedLibraries(List<Path> directories) {
  private static final Path CONFIGURED = Path.of("/etc/ld.so.conf.d");
  private static final List<String> USUAL =
      List.of(
          "/usr/local/cuda/lib64",
          "/usr/local/cuda/extras/CUPTI/lib64",
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib");

  /** Those of this machine, as its environment and its linker are set up now. */
  public static SharedLibraries ofThisMachine() {
    List<Path> directories = new ArrayList<>();
    String path = System.getenv("LD_LIBRARY_PATH");
    if (path != null) {
      Stream.of(path.split(":")).filter(d -> !d.isBlank()).map(Path::of).forEach(directories::add);
    }
    directories.addAll(configured(CONFIGURED));
    USUAL.stream().map(Path::of).forEach(directories::add);
    return new SharedLibraries(directories);
  }

  /** Directories that the files of a directory name, one a line. */
  static List<Path> configured(Path configuration) {
    List<Path> directories = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(configuration, "*.conf")) {
      for (Path file : files) {
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("/"))
            .map(line -> Path.of(line.strip()))
            .forEach(directories::add);
      }
    } catch (IOException e) {
      // Other systems have no such directory; the usual places remain.
      return directories;
    }
    return directories;
  }

  /** These, and a directory that is looked into before. */
  public SharedLibraries after(Path directory) {
    List<Path> all = new ArrayList<>(List.of(directory));
    all.addAll(directories);
    return new SharedLibraries(all);
  }

  /** The first file of that name. */
  public Optional<Path> find(String name) {
    return directories.stream().map(d -> d.resolve(name)).filter(Files::exists).findFirst();
  }
}
