package org.kindling.spark.quality;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * Finds near duplicates among signatures: documents that agree in a band are candidates, candidates
 * whose signatures say that they are similar enough are joined, and of all that are joined, also
 * through others, the first stays.
 *
 * <p>Within a bucket every document is compared with the first {@value #LEADERS} only, so that work
 * grows with the number of documents and not with its square, however many share a bucket.
 */
final class NearDuplicates {
  private static final int LEADERS = 3;
  private static final byte[] SIGNATURE = {0};
  private static final byte[] PAIR = {1};
  private static final int KEY = DocumentKey.BYTES;
  private static final int BUCKET_BYTES = Short.BYTES + Long.BYTES;

  private final double jaccard;
  private final Bands bands;
  private final int partitions;

  NearDuplicates(double jaccard, int partitions) {
    this.jaccard = jaccard;
    this.bands = Bands.forThreshold(jaccard);
    this.partitions = partitions;
  }

  /**
   * What is left out.
   *
   * @param sketches key and signature of every document
   * @return {@link Dropped} records
   */
  JavaRDD<byte[]> find(JavaRDD<byte[]> sketches) {
    Bands cut = bands;
    JavaRDD<byte[]> pairs =
        SortedRecords.sweep(
            sketches.flatMap(sketch -> buckets(sketch, cut)),
            BUCKET_BYTES,
            partitions,
            BucketStar::new);
    JavaRDD<byte[]> signatures =
        sketches.map(sketch -> tagged(sketch, SIGNATURE, MinHash.SIGNATURE_BYTES));
    JavaRDD<byte[]> halfSigned =
        SortedRecords.sweep(signatures.union(pairs), KEY, partitions, SignLower::new);
    double threshold = jaccard;
    JavaRDD<byte[]> similar =
        SortedRecords.sweep(
                signatures.union(halfSigned), KEY, partitions, () -> new Compare(threshold))
            .persist(StorageLevel.MEMORY_AND_DISK_SER());
    return new Components(partitions).survivors(similar);
  }

  private static Iterator<byte[]> buckets(byte[] sketch, Bands cut) {
    List<byte[]> buckets = new ArrayList<>(cut.bands());
    for (int band = 0; band < cut.bands(); band++) {
      buckets.add(
          ByteBuffer.allocate(BUCKET_BYTES + KEY)
              .putShort((short) band)
              .putLong(cut.key(band, sketch, KEY))
              .put(sketch, 0, KEY)
              .array());
    }
    return buckets.iterator();
  }

  /** A record with a byte after its key that says what it is. */
  private static byte[] tagged(byte[] record, byte[] tag, int restBytes) {
    return ByteBuffer.allocate(KEY + 1 + restBytes)
        .put(record, 0, KEY)
        .put(tag)
        .put(record, KEY, restBytes)
        .array();
  }

  /** Pairs every document of a bucket with the first few. */
  private static final class BucketStar implements SortedRecords.Step {
    private final List<byte[]> leaders = new ArrayList<>();

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      if (startsRun) {
        leaders.clear();
      }
      byte[] key = Records.key(record, BUCKET_BYTES);
      for (byte[] leader : leaders) {
        out.accept(Records.join(leader, PAIR, key));
      }
      if (leaders.size() < LEADERS) {
        leaders.add(key);
      }
    }
  }

  /** Gives each pair, once, the signature of its first document, and turns it round. */
  private static final class SignLower implements SortedRecords.Step {
    private byte[] signed;
    private byte[] before;

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      if (record[KEY] == SIGNATURE[0]) {
        signed = record;
      } else if (before == null || !Records.samePrefix(record, before, 2 * KEY + 1)) {
        before = record;
        byte[] higher = Records.key(record, KEY + 1);
        out.accept(
            ByteBuffer.allocate(2 * KEY + 1 + MinHash.SIGNATURE_BYTES)
                .put(higher)
                .put(PAIR)
                .put(record, 0, KEY)
                .put(signed, KEY + 1, MinHash.SIGNATURE_BYTES)
                .array());
      }
    }
  }

  /** Compares the signatures of each pair; gives {@link Components} those similar enough. */
  private static final class Compare implements SortedRecords.Step {
    private final double threshold;
    private byte[] signed;

    Compare(double threshold) {
      this.threshold = threshold;
    }

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      if (record[KEY] == SIGNATURE[0]) {
        signed = record;
        return;
      }
      double similarity = MinHash.similarity(signed, KEY + 1, record, 2 * KEY + 1);
      if (similarity >= threshold) {
        out.accept(
            ByteBuffer.allocate(2 * KEY + Double.BYTES)
                .put(record, KEY + 1, KEY)
                .put(record, 0, KEY)
                .putDouble(similarity)
                .array());
      }
    }
  }
}
