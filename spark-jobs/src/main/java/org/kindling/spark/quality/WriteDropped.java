package org.kindling.spark.quality;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.Documents;
import org.kindling.storage.Storage;
import org.roaringbitmap.RoaringBitmap;

/**
 * Writes what is left out of each group: the ordinals for readers, and the side file for people. An
 * attempt that is repeated writes the same files again. Gives the numbers of documents by reason.
 */
final class WriteDropped implements FlatMapFunction<Iterator<byte[]>, WriteDropped.Count> {
  private final Documents documents;
  private final Broadcast<List<DocumentGroup>> groups;
  private final String ordinals;
  private final String sideFiles;

  WriteDropped(
      Documents documents, Broadcast<List<DocumentGroup>> groups, Path ordinals, Path sideFiles) {
    this.documents = documents;
    this.groups = groups;
    this.ordinals = ordinals.toString();
    this.sideFiles = sideFiles.toString();
  }

  /**
   * The documents left out of a group.
   *
   * @param byReason by the reason's place in {@link DropReason}
   */
  record Count(int group, long[] byReason) implements Serializable {}

  @Override
  public Iterator<Count> call(Iterator<byte[]> sorted) throws IOException {
    List<Count> counts = new ArrayList<>();
    byte[] next = sorted.hasNext() ? sorted.next() : null;
    while (next != null) {
      Count count = new Count(DocumentKey.group(next), new long[DropReason.values().length]);
      next = write(count, next, sorted);
      counts.add(count);
    }
    return counts.iterator();
  }

  /** Writes one group, from its first record; gives the first of the next group, or null. */
  private byte[] write(Count count, byte[] first, Iterator<byte[]> sorted) throws IOException {
    Storage storage = documents.storage();
    DocumentGroup group = groups.value().get(count.group());
    RoaringBitmap left = new RoaringBitmap();
    Path side = new Path(sideFiles, String.format("part-%05d.parquet", count.group()));
    byte[] next = first;
    try (DroppedFile file = new DroppedFile(storage, side)) {
      while (next != null && DocumentKey.group(next) == count.group()) {
        Dropped document = Dropped.of(next);
        file.add(document, group, survivorFile(document));
        left.add(Math.toIntExact(document.key().ordinal()));
        count.byReason()[document.reason().ordinal()]++;
        next = sorted.hasNext() ? sorted.next() : null;
      }
      file.commit();
    }
    storage.write(DocumentSelection.ordinalsFile(ordinals, count.group()), bytes(left));
    return next;
  }

  private String survivorFile(Dropped document) {
    DocumentKey survivor = document.survivor();
    return survivor == null ? null : groups.value().get(survivor.group()).file(survivor.part());
  }

  private static byte[] bytes(RoaringBitmap bitmap) throws IOException {
    bitmap.runOptimize();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    bitmap.serialize(new DataOutputStream(out));
    return out.toByteArray();
  }
}
