package org.kindling.spark.tokenization;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.spark.api.java.JavaRDD;
import org.kindling.corpus.TailSplit;
import org.kindling.spark.documents.DocumentReader;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.MalformedDocumentException;
import org.kindling.tokenizer.CodePoints;

/** Passes over a corpus that look at its characters before anything is tokenized. */
final class Characters {
  private static final int PIECE_BYTES = 1 << 16;

  private Characters() {}

  /** Which there are, group by group. */
  static JavaRDD<CodePoints> seen(Documents documents) {
    return documents
        .tasks()
        .map(
            group -> {
              CodePoints[] seen = {new CodePoints(), new CodePoints()};
              try (DocumentReader reader = documents.reader(group)) {
                eachDocument(
                    reader,
                    (utf8, length) ->
                        seen[1].add(new String(utf8, 0, length, StandardCharsets.UTF_8)),
                    wellFormed -> {
                      seen[0] = wellFormed ? seen[0].merge(seen[1]) : seen[0];
                      seen[1] = new CodePoints();
                    });
              }
              return seen[0];
            });
  }

  /** How many there are, group by group. */
  static JavaRDD<Long> counts(Documents documents) {
    return documents
        .tasks()
        .map(
            group -> {
              long[] count = {0, 0};
              try (DocumentReader reader = documents.reader(group)) {
                eachDocument(
                    reader,
                    (utf8, length) -> count[1] += TailSplit.characters(utf8, 0, length),
                    wellFormed -> {
                      count[0] += wellFormed ? count[1] : 0;
                      count[1] = 0;
                    });
              }
              return count[0];
            });
  }

  /** Sees a document piece by piece. */
  private interface Pieces {
    void piece(byte[] utf8, int length);
  }

  /** Learns at a document's end whether it counts. */
  private interface End {
    void ended(boolean wellFormed);
  }

  private static void eachDocument(DocumentReader reader, Pieces pieces, End end)
      throws IOException {
    byte[] utf8 = new byte[PIECE_BYTES];
    while (reader.nextDocument()) {
      try {
        for (int n = reader.read(utf8, 0, utf8.length);
            n > 0;
            n = reader.read(utf8, 0, utf8.length)) {
          pieces.piece(utf8, n);
        }
        end.ended(true);
      } catch (MalformedDocumentException e) {
        end.ended(false);
      }
    }
  }
}
