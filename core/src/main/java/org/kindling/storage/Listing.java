package org.kindling.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.Storage.StoredFile;

/**
 * What directories hold, in an order that does not depend on the file system. Names that begin with
 * a dot or an underscore are hidden, as everywhere in Hadoop.
 */
final class Listing {
  private Listing() {}

  static List<Path> children(FileSystem fileSystem, Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    for (FileStatus status : fileSystem.listStatus(directory)) {
      if (!isHidden(status.getPath())) {
        children.add(status.getPath());
      }
    }
    children.sort(Comparator.comparing(Path::getName));
    return children;
  }

  static List<String> names(FileSystem fileSystem, Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus status : fileSystem.listStatus(directory)) {
      names.add(status.getPath().getName());
    }
    names.sort(null);
    return names;
  }

  static Map<String, Long> sizesBytes(FileSystem fileSystem, Path directory) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    for (FileStatus status : fileSystem.listStatus(directory)) {
      if (status.isFile() && !isHidden(status.getPath())) {
        sizes.put(status.getPath().getName(), status.getLen());
      }
    }
    return sizes;
  }

  static List<StoredFile> filesBelow(FileSystem fileSystem, Path root) throws IOException {
    List<StoredFile> files = new ArrayList<>();
    FileStatus status = fileSystem.getFileStatus(root);
    if (status.isFile()) {
      files.add(StoredFile.of(status));
    } else {
      collect(fileSystem, status.getPath(), files);
    }
    files.sort(Comparator.comparing(file -> file.path().toString()));
    return files;
  }

  private static void collect(FileSystem fileSystem, Path directory, List<StoredFile> files)
      throws IOException {
    for (FileStatus status : fileSystem.listStatus(directory)) {
      if (isHidden(status.getPath())) {
        continue;
      }
      if (status.isDirectory()) {
        collect(fileSystem, status.getPath(), files);
      } else {
        files.add(StoredFile.of(status));
      }
    }
  }

  static List<Path> matching(FileSystem fileSystem, Path pattern) throws IOException {
    FileStatus[] found = isPattern(pattern) ? fileSystem.globStatus(pattern) : null;
    if (found == null) {
      return List.of();
    }
    return Arrays.stream(found)
        .map(FileStatus::getPath)
        .filter(path -> !isHidden(path) || isHidden(pattern))
        .sorted(Comparator.comparing(Path::toString))
        .toList();
  }

  static boolean isPattern(Path path) {
    return path.toString().matches(".*[*?\\[{].*");
  }

  private static boolean isHidden(Path path) {
    return path.getName().startsWith(".") || path.getName().startsWith("_");
  }
}
