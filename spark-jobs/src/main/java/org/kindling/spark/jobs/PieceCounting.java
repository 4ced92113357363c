package org.kindling.spark.jobs;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.kindling.tokenizer.PieceCounts;
import scala.Tuple2;

/**
 * Counts the pieces of a corpus on Spark: within each task, then across tasks. What is shuffled are
 * a few large parts of counts; hundreds of thousands of pairs of a string and a number would take
 * Spark longer than counting and learning do together.
 */
final class PieceCounting {
  /** Different pieces a task holds before it passes them on; about 100 MB. */
  private static final int MOST_PIECES_HELD = 1 << 20;

  private static final int TASKS_PER_PART = 8;

  private PieceCounting() {}

  /** The counts of all texts, on the driver. */
  static PieceCounts count(JavaRDD<String> texts) {
    int tasks = texts.getNumPartitions();
    int cores = texts.context().defaultParallelism();
    int parts = Math.min(tasks, Math.max(cores, tasks / TASKS_PER_PART));
    Iterator<byte[]> totals =
        texts
            .mapPartitionsToPair(documents -> new CountedParts(documents, MOST_PIECES_HELD, parts))
            .partitionBy(new HashPartitioner(parts))
            .values()
            .mapPartitions(counted -> sum(counted).parts(1).iterator())
            .toLocalIterator();
    return sum(totals);
  }

  private static PieceCounts sum(Iterator<byte[]> parts) {
    PieceCounts sum = new PieceCounts();
    parts.forEachRemaining(sum::add);
    return sum;
  }

  /** The pieces of one task's documents, counted, by part; a part may come more than once. */
  static final class CountedParts implements Iterator<Tuple2<Integer, byte[]>> {
    private final Iterator<String> documents;
    private final int mostHeld;
    private final int parts;
    private List<byte[]> counted = new ArrayList<>();
    private int next;

    CountedParts(Iterator<String> documents, int mostHeld, int parts) {
      this.documents = documents;
      this.mostHeld = mostHeld;
      this.parts = parts;
    }

    @Override
    public boolean hasNext() {
      if (next == counted.size() && documents.hasNext()) {
        PieceCounts counts = new PieceCounts();
        while (documents.hasNext() && counts.size() < mostHeld) {
          counts.addText(documents.next());
        }
        counted = counts.parts(parts);
        next = 0;
      }
      return next < counted.size();
    }

    @Override
    public Tuple2<Integer, byte[]> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("all parts were given");
      }
      return new Tuple2<>(next, counted.get(next++));
    }
  }
}
