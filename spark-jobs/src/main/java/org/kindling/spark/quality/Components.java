package org.kindling.spark.quality;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * Connected components by alternating large and small stars: every document comes to be joined with
 * the first of its component, in a number of rounds that grows with the logarithm of their number.
 * No round holds the neighbours of a document in memory.
 *
 * @see <a href="https://doi.org/10.1145/2670979.2670997">Kiveris et al. 2014, Connected Components
 *     in MapReduce and Beyond</a>
 */
final class Components {
  private static final int KEY = DocumentKey.BYTES;
  private static final byte[] SCORE = {0};
  private static final byte[] ROOT = {1};

  /** Small graphs in few tasks: a round has four stages of almost nothing. */
  private static final int PAIRS_PER_PARTITION = 100_000;

  private final int mostPartitions;

  Components(int mostPartitions) {
    this.mostPartitions = mostPartitions;
  }

  /**
   * All documents but the first of each component.
   *
   * @param similar the keys of two documents, the first before the second, and their similarity
   * @return {@link Dropped} records, each with its largest similarity
   */
  JavaRDD<byte[]> survivors(JavaRDD<byte[]> similar) {
    int partitions = (int) Math.min(mostPartitions, 1 + similar.count() / PAIRS_PER_PARTITION);
    JavaRDD<byte[]> roots =
        stars(
            similar.map(pair -> Records.join(Records.key(pair, 0), Records.key(pair, KEY))),
            partitions);
    JavaRDD<byte[]> scores = similar.flatMap(Components::scores);
    JavaRDD<byte[]> rooted =
        roots.map(pair -> Records.join(Records.key(pair, 0), ROOT, Records.key(pair, KEY)));
    return SortedRecords.sweep(scores.union(rooted), KEY, partitions, Best::new);
  }

  private static Iterator<byte[]> scores(byte[] pair) {
    byte[] score = ByteBuffer.allocate(Double.BYTES).put(pair, 2 * KEY, Double.BYTES).array();
    return List.of(
            Records.join(Records.key(pair, 0), SCORE, score),
            Records.join(Records.key(pair, KEY), SCORE, score))
        .iterator();
  }

  /** Pairs of a document and the first of its component. */
  private static JavaRDD<byte[]> stars(JavaRDD<byte[]> pairs, int partitions) {
    JavaRDD<byte[]> current = pairs.persist(StorageLevel.MEMORY_AND_DISK_SER());
    Fingerprint before = Fingerprint.of(current);
    while (true) {
      JavaRDD<byte[]> next = round(current, partitions).persist(StorageLevel.MEMORY_AND_DISK_SER());
      Fingerprint after = Fingerprint.of(next);
      current.unpersist(false);
      current = next;
      if (after.equals(before)) {
        return current;
      }
      before = after;
    }
  }

  private static JavaRDD<byte[]> round(JavaRDD<byte[]> pairs, int partitions) {
    JavaRDD<byte[]> large =
        SortedRecords.sweep(
            pairs.flatMap(pair -> List.of(pair, reversed(pair)).iterator()),
            KEY,
            partitions,
            LargeStar::new);
    return SortedRecords.sweep(large, KEY, partitions, SmallStar::new);
  }

  private static byte[] reversed(byte[] pair) {
    return Records.join(Records.key(pair, KEY), Records.key(pair, 0));
  }

  private static boolean isHigher(byte[] one, byte[] other) {
    return Arrays.compareUnsigned(one, other) > 0;
  }

  /** Whether two sets of pairs are the same: their number, and sums of two hashes of each pair. */
  private record Fingerprint(long count, long sum, long otherSum) implements Serializable {
    static Fingerprint of(JavaRDD<byte[]> pairs) {
      return pairs.aggregate(new Fingerprint(0, 0, 0), Fingerprint::add, Fingerprint::merge);
    }

    private Fingerprint add(byte[] pair) {
      long hash = 1;
      for (byte b : pair) {
        hash = 0x9e3779b97f4a7c15L * (hash + b);
      }
      return merge(new Fingerprint(1, Hashing.mix(hash), Hashing.mix(hash + 1)));
    }

    private Fingerprint merge(Fingerprint other) {
      return new Fingerprint(count + other.count, sum + other.sum, otherSum + other.otherSum);
    }
  }

  /** Joins the higher neighbours of a document with the lowest of all, itself included. */
  private static final class LargeStar implements SortedRecords.Step {
    private byte[] lowest;
    private byte[] before;

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      byte[] self = Records.key(record, 0);
      byte[] neighbour = Records.key(record, KEY);
      if (startsRun) {
        lowest = isHigher(self, neighbour) ? neighbour : self;
        before = null;
      }
      if (isHigher(neighbour, self) && !Arrays.equals(neighbour, before)) {
        out.accept(Records.join(neighbour, lowest));
      }
      before = neighbour;
    }
  }

  /** Joins a document and its lower neighbours with the lowest of them; takes the higher first. */
  private static final class SmallStar implements SortedRecords.Step {
    private byte[] lowest;
    private byte[] before;

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      byte[] neighbour = Records.key(record, KEY);
      if (startsRun) {
        lowest = neighbour;
        out.accept(record);
      } else if (!Arrays.equals(neighbour, before)) {
        out.accept(Records.join(neighbour, lowest));
      }
      before = neighbour;
    }
  }

  /** The largest score of a document, with its root. */
  private static final class Best implements SortedRecords.Step {
    private double best;

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      if (startsRun) {
        best = 0;
      }
      ByteBuffer in = ByteBuffer.wrap(record);
      DocumentKey key = DocumentKey.read(in);
      if (in.get() == SCORE[0]) {
        best = Math.max(best, in.getDouble());
      } else {
        DocumentKey root = DocumentKey.read(in);
        out.accept(new Dropped(key, DropReason.NEAR_DUPLICATE, best, root).toBytes());
      }
    }
  }
}
