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
record SharedLibraries(List<Path> directories) {
  private static final Path CONFIGURED = Path.of("/etc/ld.so.conf.d");
  private static final List<String> USUAL =
      List.of("/usr/local/cuda/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib");

  static SharedLibraries ofThisMachine() {
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

  Optional<Path> find(String name) {
    return directories.stream().map(d -> d.resolve(name)).filter(Files::exists).findFirst();
  }
}
