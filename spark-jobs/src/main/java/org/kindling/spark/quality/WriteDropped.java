package org.kindling.spark.quality;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.Documents;
import org.kindling.storage.Storage;
import org.roaringbitmap.RoaringBitmap;

/**
 * Writes what is left out of one group: the ordinals for readers, and the side file for people. An
 * attempt that is repeated writes the same files again. Gives the numbers of documents by reason.
 */
final class WriteDropped implements Function2<Integer, Iterator<byte[]>, Iterator<long[]>> {
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

  @Override
  public Iterator<long[]> call(Integer group, Iterator<byte[]> sorted) throws IOException {
    long[] counts = new long[DropReason.values().length];
    if (sorted.hasNext()) {
      write(group, sorted, counts);
    }
    return List.of(counts).iterator();
  }

  private void write(int group, Iterator<byte[]> sorted, long[] counts) throws IOException {
    Storage storage = documents.storage();
    RoaringBitmap dropped = new RoaringBitmap();
    Path side = new Path(sideFiles, String.format("part-%05d.parquet", group));
    try (DroppedFile file = new DroppedFile(storage, side)) {
      while (sorted.hasNext()) {
        Dropped document = Dropped.of(sorted.next());
        file.add(document, groups.value().get(group), survivorFile(document));
        dropped.add(Math.toIntExact(document.key().ordinal()));
        counts[document.reason().ordinal()]++;
      }
      file.commit();
    }
    storage.write(DocumentSelection.ordinalsFile(ordinals, group), bytes(dropped));
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
