package org.kindling.spark.jobs;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaRDD;
import org.kindling.tokenizer.PieceCounts;
import scala.Tuple2;

/** Counts the pieces of a corpus on Spark: within each task, then across tasks. */
final class PieceCounting {
  /** Different pieces a task holds before it passes them on; about 100 MB. */
  private static final int MOST_PIECES_HELD = 1 << 20;

  private PieceCounting() {}

  /** The counts of all texts, on the driver. */
  static PieceCounts count(JavaRDD<String> texts) {
    Iterator<Tuple2<String, Long>> totals =
        texts
            .mapPartitionsToPair(documents -> new CountedPieces(documents, MOST_PIECES_HELD))
            .reduceByKey(Long::sum)
            .toLocalIterator();
    PieceCounts counts = new PieceCounts();
    totals.forEachRemaining(total -> counts.add(total._1(), total._2()));
    return counts;
  }

  /** The pieces of one task's documents, counted; a piece may come more than once. */
  static final class CountedPieces implements Iterator<Tuple2<String, Long>> {
    private final Iterator<String> documents;
    private final int mostHeld;
    private PieceCounts counts = new PieceCounts();
    private int next;

    CountedPieces(Iterator<String> documents, int mostHeld) {
      this.documents = documents;
      this.mostHeld = mostHeld;
    }

    @Override
    public boolean hasNext() {
      if (next == counts.size()) {
        counts = new PieceCounts();
        next = 0;
        while (documents.hasNext() && counts.size() < mostHeld) {
          counts.addText(documents.next());
        }
      }
      return next < counts.size();
    }

    @Override
    public Tuple2<String, Long> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("all pieces were given");
      }
      Tuple2<String, Long> counted = new Tuple2<>(counts.piece(next), counts.count(next));
      next++;
      return counted;
    }
  }
}
