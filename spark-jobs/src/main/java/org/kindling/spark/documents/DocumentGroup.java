package org.kindling.spark.documents;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.kindling.corpus.InputFile;
import org.kindling.storage.Storage.StoredFile;

/**
 * A run of neighbouring files, or parts of files, that one task reads.
 *
 * @param number counted from 0 in the order of the corpus, without gaps
 * @param parts in the order of the corpus
 */
public record DocumentGroup(int number, List<FilePart> parts) implements Serializable {
  /** Eight megabytes keep tasks short and give a small corpus to several cores. */
  static final long USUAL_BYTES = 8L << 20;

  /** Beyond this many groups they grow instead, so that a dataset has no more small shards. */
  static final int MANY_GROUPS = 1024;

  /** The file of one of the parts, as its user would write it. */
  public String file(int part) {
    return parts.get(part).name();
  }

  /** They grow up to this size: what a task loses when its executor is lost stays below 10 s. */
  static final long MOST_BYTES = 256L << 20;

  /**
   * How many groups a corpus of that size is cut into when the user does not say: 10 GB make 1024
   * groups of 10 MB, 10 TB make 37,253 of 256 MiB.
   */
  static int usualNumber(long corpusBytes) {
    long ofUsualSize = (corpusBytes + USUAL_BYTES - 1) / USUAL_BYTES;
    long ofMostSize = (corpusBytes + MOST_BYTES - 1) / MOST_BYTES;
    return Math.toIntExact(Math.max(1, Math.max(ofMostSize, Math.min(MANY_GROUPS, ofUsualSize))));
  }

  /** Bytes of the files, as they are stored, that this group reads. */
  public long sizeBytes() {
    return parts.stream().mapToLong(part -> part.to() - part.from()).sum();
  }

  /** What the group is read from, as a ledger records it. */
  public List<InputFile> input() {
    return parts.stream().map(FilePart::input).toList();
  }

  /**
   * Cuts the files, laid end to end, into {@code number} stretches of equal size. Files that cannot
   * be read from the middle belong to the stretch they start in. Groups that end up with nothing
   * are left out, so there may be fewer.
   */
  static List<DocumentGroup> cut(List<StoredFile> files, DocumentRules rules, int number) {
    long total = files.stream().mapToLong(StoredFile::sizeBytes).sum();
    List<List<FilePart>> stretches = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      stretches.add(new ArrayList<>());
    }
    long start = 0;
    for (StoredFile file : files) {
      if (file.sizeBytes() > 0) {
        place(file, start, new Ruler(total, number), rules, stretches);
      }
      start += file.sizeBytes();
    }
    List<DocumentGroup> groups = new ArrayList<>();
    for (List<FilePart> parts : stretches) {
      if (!parts.isEmpty()) {
        groups.add(new DocumentGroup(groups.size(), List.copyOf(parts)));
      }
    }
    return groups;
  }

  private static void place(
      StoredFile file,
      long start,
      Ruler ruler,
      DocumentRules rules,
      List<List<FilePart>> stretches) {
    String path = file.path().toString();
    long size = file.sizeBytes();
    if (!rules.splittable(file.path().getName())) {
      stretches
          .get(ruler.stretchOf(start))
          .add(new FilePart(path, 0, size, size, file.modifiedMillis()));
      return;
    }
    for (long from = 0; from < size; ) {
      int stretch = ruler.stretchOf(start + from);
      long to = Math.min(size, ruler.endOf(stretch) - start);
      stretches.get(stretch).add(new FilePart(path, from, to, size, file.modifiedMillis()));
      from = to;
    }
  }

  /** Where stretches begin and end. */
  private record Ruler(long total, int number) {
    long endOf(int stretch) {
      return (long) ((double) total * (stretch + 1) / number);
    }

    int stretchOf(long position) {
      int guess = (int) Math.min(number - 1L, (long) ((double) position * number / total));
      while (guess > 0 && position < endOf(guess - 1)) {
        guess--;
      }
      while (guess < number - 1 && position >= endOf(guess)) {
        guess++;
      }
      return guess;
    }
  }
}
