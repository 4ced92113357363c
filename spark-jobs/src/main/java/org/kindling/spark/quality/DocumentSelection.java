package org.kindling.spark.quality;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.Selection;
import org.kindling.storage.Storage;
import org.roaringbitmap.RoaringBitmap;

/**
 * The documents of a corpus that stay. What is left out is kept in one small file a group, which
 * the tasks of later passes read.
 *
 * <pre>{@code
 * DocumentSelection selection = DocumentSelection.make(documents, settings, work, dropped);
 * Documents chosen = documents.selecting(selection);
 * }</pre>
 */
public final class DocumentSelection implements Selection {
  private static final long serialVersionUID = 1;
  private static final String SUMMARY = "selection.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String directory;
  private final long[] droppedOfGroup;
  private final Map<String, Long> dropped;

  private DocumentSelection(String directory, Summary summary) {
    this.directory = directory;
    this.droppedOfGroup = summary.groups().stream().mapToLong(Long::longValue).toArray();
    this.dropped = new TreeMap<>(summary.dropped());
  }

  /**
   * What is written last.
   *
   * @param basis corpus and settings
   * @param dropped documents by reason
   * @param groups documents left out of each
   */
  record Summary(String basis, Map<String, Long> dropped, List<Long> groups) {}

  /**
   * Reads the corpus through and decides; or finds that this was done before with the same corpus
   * and settings.
   *
   * @param directory for the decisions, which later passes need
   * @param sideFiles for the Parquet files that list what was left out, and why
   */
  public static DocumentSelection make(
      Documents documents, QualitySettings settings, Path directory, Path sideFiles)
      throws IOException {
    String basis = documents.fingerprint() + " " + settings;
    if (settings.keepsAll()) {
      return new DocumentSelection(directory.toString(), new Summary(basis, Map.of(), List.of()));
    }
    Storage storage = documents.storage();
    Path file = new Path(directory, SUMMARY);
    if (storage.exists(file)) {
      Summary before = parse(storage.readText(file));
      if (before != null && before.basis().equals(basis)) {
        return new DocumentSelection(directory.toString(), before);
      }
    }
    storage.delete(directory);
    storage.delete(sideFiles);
    Summary summary =
        summary(
            basis, documents.groups().size(), decide(documents, settings, directory, sideFiles));
    storage.writeText(file, JSON.writeValueAsString(summary));
    return new DocumentSelection(directory.toString(), summary);
  }

  private static Summary parse(String json) {
    try {
      return JSON.readValue(json, Summary.class);
    } catch (JsonProcessingException e) {
      // Not ours to trust: it is made again.
      return null;
    }
  }

  private static List<WriteDropped.Count> decide(
      Documents documents, QualitySettings settings, Path directory, Path sideFiles) {
    JavaRDD<DocumentGroup> tasks = documents.tasks();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(tasks.context());
    context.setJobDescription("choosing documents: " + settings.steps());
    int partitions =
        SortedRecords.partitions(documents.groups().size(), context.defaultParallelism());
    JavaRDD<byte[]> verdicts = verdicts(documents, settings, partitions);
    JavaRDD<byte[]> dropped = verdicts.filter(Verdict::isDropped).map(Verdict::content);
    if (settings.dedup() == Dedup.NEAR) {
      verdicts.persist(StorageLevel.MEMORY_AND_DISK_SER());
      JavaRDD<byte[]> sketches = verdicts.filter(Verdict::hasSignature).map(Verdict::content);
      dropped = dropped.union(new NearDuplicates(settings.jaccard(), partitions).find(sketches));
    }
    List<WriteDropped.Count> counts =
        SortedRecords.byGroup(dropped, partitions)
            .mapPartitions(
                new WriteDropped(
                    documents, context.broadcast(documents.groups()), directory, sideFiles))
            .collect();
    verdicts.unpersist(false);
    return counts;
  }

  private static JavaRDD<byte[]> verdicts(
      Documents documents, QualitySettings settings, int partitions) {
    JavaRDD<byte[]> measured = documents.tasks().flatMap(new MeasureGroup(documents, settings));
    return settings.dedup() == Dedup.NONE
        ? measured.map(record -> Measured.verdict(record, null))
        : SortedRecords.sweep(measured, Measured.HASH_BYTES, partitions, ExactDuplicates::new);
  }

  private static Summary summary(String basis, int groups, List<WriteDropped.Count> counts) {
    Map<String, Long> byReason = new TreeMap<>();
    Long[] byGroup = new Long[groups];
    Arrays.fill(byGroup, 0L);
    for (WriteDropped.Count group : counts) {
      for (DropReason reason : DropReason.values()) {
        long count = group.byReason()[reason.ordinal()];
        byGroup[group.group()] += count;
        if (count > 0) {
          byReason.merge(reason.label(), count, Long::sum);
        }
      }
    }
    return new Summary(basis, byReason, List.of(byGroup));
  }

  static Path ordinalsFile(String directory, int group) {
    return new Path(directory, String.format("group-%05d.bitmap", group));
  }

  /** Numbers of documents that are left out, by reason; reasons without any are not in it. */
  public Map<String, Long> dropped() {
    return dropped;
  }

  @Override
  public LongPredicate leftOut(Storage storage, int group) throws IOException {
    if (droppedOfGroup.length == 0 || droppedOfGroup[group] == 0) {
      return ordinal -> false;
    }
    RoaringBitmap ordinals = new RoaringBitmap();
    ordinals.deserialize(ByteBuffer.wrap(storage.read(ordinalsFile(directory, group))));
    return ordinal -> ordinal <= Integer.MAX_VALUE && ordinals.contains((int) ordinal);
  }
}
