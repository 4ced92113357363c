package org.kindling.spark.documents;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.kindling.corpus.InputFile;
import org.kindling.spark.cluster.Cluster;
import org.kindling.storage.Storage;
import org.kindling.storage.Storage.StoredFile;

/**
 * A corpus as Spark reads it: groups of files, one task each. Which documents make a group follows
 * from the listing of the files alone, so results do not depend on executors and cores.
 *
 * <pre>{@code
 * JavaRDD<String> texts = Documents.read(session, options);
 * }</pre>
 */
public final class Documents implements Serializable {
  private final transient List<DocumentGroup> groups;
  private final DocumentRules rules;
  private final Broadcast<SerializableConfiguration> configuration;
  private final Selection selection;
  private final transient JavaSparkContext context;
  private final transient long sizeBytes;
  private final transient List<StoredFile> files;

  private Documents(SparkSession session, List<Path> inputs, DocumentRules rules, int shards)
      throws IOException {
    Storage storage = Cluster.storage(session);
    List<StoredFile> found = list(storage, inputs, rules);
    this.context = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.sizeBytes = found.stream().mapToLong(StoredFile::sizeBytes).sum();
    this.files = found;
    int number = shards > 0 ? shards : DocumentGroup.usualNumber(sizeBytes);
    this.groups = DocumentGroup.cut(found, rules, number);
    this.rules = rules;
    this.configuration = context.broadcast(new SerializableConfiguration(storage.configuration()));
    this.selection = null;
  }

  private Documents(Documents whole, Selection selection) {
    this.context = whole.context;
    this.sizeBytes = whole.sizeBytes;
    this.files = whole.files;
    this.groups = whole.groups;
    this.rules = whole.rules;
    this.configuration = whole.configuration;
    this.selection = selection;
  }

  /** The same corpus without the documents that the selection leaves out. */
  public Documents selecting(Selection chosen) {
    return new Documents(this, chosen);
  }

  /** All documents, in the order of the corpus: by path, then by place in the file. */
  public static JavaRDD<String> read(SparkSession session, DocumentOptions options)
      throws IOException {
    return open(session, options.inputs(), options.rules(), 0).texts();
  }

  /**
   * Lists the files of a corpus and groups them. Files come in the order of the inputs, then by
   * path; one that several inputs name is read where the first does.
   *
   * @param inputs files, directories or globs
   * @param shards how many groups to make of them; 0: the usual number, see {@link
   *     DocumentGroup#usualNumber}
   * @throws IllegalArgumentException if there is no such path or nothing to read
   */
  public static Documents open(
      SparkSession session, List<Path> inputs, DocumentRules rules, int shards) throws IOException {
    return new Documents(session, inputs, rules, shards);
  }

  private static List<StoredFile> list(Storage storage, List<Path> inputs, DocumentRules rules)
      throws IOException {
    Map<Path, StoredFile> byPath = new LinkedHashMap<>();
    for (Path input : inputs) {
      for (StoredFile file : requireText(input, storage.filesBelow(matching(storage, input)))) {
        byPath.putIfAbsent(file.path(), file);
      }
    }
    List<StoredFile> found = List.copyOf(byPath.values());
    requireReadable(found, rules);
    return found;
  }

  private static List<Path> matching(Storage storage, Path input) throws IOException {
    List<Path> matching = storage.matching(input);
    if (matching.isEmpty()) {
      throw new IllegalArgumentException(
          "--input "
              + input
              + (Storage.isPattern(input)
                  ? ": nothing matches this glob; check it, and that the shell passed it on in"
                      + " quotes"
                  : ": no such file or directory; check the path"));
    }
    return matching;
  }

  private static List<StoredFile> requireText(Path input, List<StoredFile> found) {
    if (found.stream().allMatch(file -> file.sizeBytes() == 0)) {
      throw new IllegalArgumentException(
          "--input "
              + input
              + (found.isEmpty()
                  ? ": holds no files (hidden ones are left out); give a corpus with text in it"
                  : ": holds only empty files; give a corpus with text in it"));
    }
    return found;
  }

  private static void requireReadable(List<StoredFile> found, DocumentRules rules) {
    for (StoredFile file : found) {
      String name = file.path().getName();
      if (rules.formatOf(name) == DocumentFormat.PARQUET
          && Compression.ofName(name) != Compression.NONE) {
        throw new IllegalArgumentException(
            file.path() + ": a Parquet file cannot be read compressed as a whole; decompress it");
      }
    }
  }

  /** What the tasks read. */
  public List<DocumentGroup> groups() {
    return groups;
  }

  /** Number of files. */
  public int files() {
    return files.size();
  }

  /** All files, as they were when listed, in the order of the corpus. */
  public List<InputFile> input() {
    return files.stream()
        .map(
            file ->
                new InputFile(
                    file.path().toString(),
                    0,
                    file.sizeBytes(),
                    file.sizeBytes(),
                    file.modifiedMillis()))
        .toList();
  }

  /** Sum of the files' sizes, as they are stored. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** One task per group. */
  public JavaRDD<DocumentGroup> tasks() {
    return tasks(groups);
  }

  /** One task for each of these groups. */
  public JavaRDD<DocumentGroup> tasks(List<DocumentGroup> some) {
    return context.parallelize(some, some.size());
  }

  /** A reader of one group, in a task. The caller closes it. */
  public DocumentReader reader(DocumentGroup group) throws IOException {
    Storage storage = storage();
    return selection == null
        ? new DocumentReader(storage, group, rules)
        : new DocumentReader(storage, group, rules, selection.leftOut(storage, group.number()));
  }

  /**
   * Changes with the files, their sizes, how they are cut, and the rules; a hash in hexadecimal.
   */
  public String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(rules.toString().getBytes(StandardCharsets.UTF_8));
      for (DocumentGroup group : groups) {
        digest.update(group.toString().getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Storage as the driver's Hadoop configuration sees it, in a task too. */
  public Storage storage() {
    return new Storage(configuration.value().value());
  }

  /** All documents, in the order of the corpus. */
  public JavaRDD<String> texts() {
    Documents self = this;
    return tasks().flatMap(group -> new TextIterator(self.reader(group)));
  }

  /** A reader as an iterator; closed with the task, should nobody read to the end. */
  private static final class TextIterator implements Iterator<String> {
    private final DocumentReader reader;
    private String ahead;

    TextIterator(DocumentReader reader) {
      this.reader = reader;
      TaskCompletionListener close = context -> closeReader();
      TaskContext.get().addTaskCompletionListener(close);
      this.ahead = read();
    }

    private void closeReader() {
      try {
        reader.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String read() {
      try {
        return reader.next();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean hasNext() {
      return ahead != null;
    }

    @Override
    public String next() {
      if (ahead == null) {
        throw new NoSuchElementException();
      }
      String text = ahead;
      ahead = read();
      return text;
    }
  }
}
