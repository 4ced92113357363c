package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.kindling.spark.jobs.PieceCounting.CountedParts;
import org.kindling.tokenizer.PieceCounts;

class PieceCountingTest {
  private static final List<String> TEXTS = List.of("a b a", "", "b a c", "a", "", "d b");

  @Test
  void passesOnWhatItCannotHold() {
    CountedParts few = new CountedParts(TEXTS.iterator(), 1, 3);
    CountedParts all = new CountedParts(TEXTS.iterator(), 1000, 3);
    assertThat(total(few)).isEqualTo(total(all)).containsEntry(" a", 2L).containsEntry("a", 2L);
  }

  @Test
  void givesEachPartOnceIfItHoldsAll() {
    CountedParts all = new CountedParts(TEXTS.iterator(), 1000, 4);
    List<Integer> parts = new ArrayList<>();
    List<String> pieces = new ArrayList<>();
    all.forEachRemaining(
        part -> {
          parts.add(part._1());
          pieces.addAll(counts(part._2()).keySet());
        });
    assertThat(parts).containsExactly(0, 1, 2, 3);
    assertThat(pieces).doesNotHaveDuplicates().hasSize(6);
  }

  @Test
  void aPieceIsAlwaysInThePartOfTheSameNumber() {
    String[] words = new String[2000];
    Arrays.setAll(words, i -> "word" + i);
    Map<String, Integer> partOf = new HashMap<>();
    for (int text = 0; text < 5; text++) {
      String some = String.join(" ", Arrays.copyOfRange(words, text * 300, text * 300 + 700));
      new CountedParts(List.of(some).iterator(), 1000, 8)
          .forEachRemaining(
              part -> {
                for (String piece : counts(part._2()).keySet()) {
                  Integer before = partOf.put(piece, part._1());
                  assertThat(before == null ? part._1() : before).isEqualTo(part._1());
                }
              });
    }
    assertThat(partOf.values()).contains(0, 1, 2, 3, 4, 5, 6, 7);
  }

  private static Map<String, Long> total(CountedParts counted) {
    Map<String, Long> totals = new TreeMap<>();
    counted.forEachRemaining(
        part -> counts(part._2()).forEach((piece, count) -> totals.merge(piece, count, Long::sum)));
    return totals;
  }

  private static Map<String, Long> counts(byte[] part) {
    PieceCounts counts = new PieceCounts().add(part);
    Map<String, Long> byPiece = new TreeMap<>();
    for (int piece = 0; piece < counts.size(); piece++) {
      byPiece.put(counts.piece(piece), counts.count(piece));
    }
    return byPiece;
  }
}
