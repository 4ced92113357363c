package org.kindling.training;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.model.count.NgramCounts;
import org.kindling.storage.Storage;

/**
 * A part of a shard of a train split whose n-grams one task counts: those that begin in it.
 *
 * @param from first token of the shard that begins an n-gram
 * @param to first token after those
 * @param end tokens of the shard
 * @param documents whether n-grams may lie across documents
 */
public record CountPiece(
    String dataset, int shard, long from, long to, long end, DocumentMode documents)
    implements Serializable {
  private static final int BLOCK = 1 << 16;
  private static final long TOKENS = 1L << 22;

  /** Covers the train splits of datasets, each token once. */
  static List<CountPiece> of(List<Dataset> datasets, DocumentMode documents) {
    List<CountPiece> pieces = new ArrayList<>();
    for (Dataset dataset : datasets) {
      List<Long> shards = dataset.shardTokens(Split.TRAIN.label());
      for (int shard = 0; shard < shards.size(); shard++) {
        long end = shards.get(shard);
        for (long from = 0; from < end; from += TOKENS) {
          long to = Math.min(end, from + TOKENS);
          String directory = dataset.directory().toString();
          pieces.add(new CountPiece(directory, shard, from, to, end, documents));
        }
      }
    }
    return pieces;
  }

  /** Counts into {@code counts}, whose order says how long the n-grams are. */
  public void count(Storage storage, NgramCounts counts) throws IOException {
    Dataset opened = Dataset.open(storage, new Path(dataset));
    int more = counts.order() - 1;
    try (TokenReader tokens = opened.tokens(Split.TRAIN.label(), shard, documents)) {
      int[] block = new int[BLOCK + more];
      int[] starts = new int[BLOCK + more];
      for (long at = from; at < to; at += BLOCK) {
        int length = (int) Math.min(Math.min(BLOCK, to - at) + more, end - at);
        tokens.read(at, block, 0, length);
        int found = tokens.documentStarts(at, at + length, starts);
        int begin = 0;
        for (int i = 0; i < found; i++) {
          counts.add(block, begin, starts[i]);
          begin = starts[i];
        }
        counts.add(block, begin, length);
      }
    }
  }
}
