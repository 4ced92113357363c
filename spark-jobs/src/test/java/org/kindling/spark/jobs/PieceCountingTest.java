package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.kindling.spark.jobs.PieceCounting.CountedPieces;

class PieceCountingTest {
  private static final List<String> TEXTS = List.of("a b a", "", "b a c", "a", "", "d b");

  @Test
  void passesOnWhatItCannotHold() {
    CountedPieces few = new CountedPieces(TEXTS.iterator(), 1);
    CountedPieces all = new CountedPieces(TEXTS.iterator(), 1000);
    assertThat(total(few)).isEqualTo(total(all)).containsEntry(" a", 2L).containsEntry("a", 2L);
  }

  @Test
  void givesEachPieceOnceIfItHoldsAll() {
    CountedPieces all = new CountedPieces(TEXTS.iterator(), 1000);
    List<String> pieces = new java.util.ArrayList<>();
    all.forEachRemaining(counted -> pieces.add(counted._1()));
    assertThat(pieces).doesNotHaveDuplicates().hasSize(6);
  }

  private static Map<String, Long> total(CountedPieces counted) {
    Map<String, Long> totals = new TreeMap<>();
    counted.forEachRemaining(c -> totals.merge(c._1(), c._2(), Long::sum));
    return totals;
  }
}
