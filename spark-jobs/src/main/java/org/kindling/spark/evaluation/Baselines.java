package org.kindling.spark.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMask;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.LossSum;
import org.kindling.evaluation.ValidationBlocks;
import org.kindling.evaluation.ValidationLoss;
import org.kindling.model.count.BigramModel;
import org.kindling.model.count.PairCounts;
import org.kindling.storage.Storage;

/**
 * Validation loss of the unigram and the bigram model of a dataset, counted on its whole train
 * split and scored on the same predictions as any other model.
 */
public final class Baselines {
  private static final int BLOCK = 1 << 16;
  private static final long TOKENS_PER_TASK = 1L << 22;

  private final JavaSparkContext spark;
  private final String dataset;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final DocumentMode documents;

  /**
   * What was measured.
   *
   * @param model the counts
   * @param unigram its loss from the token alone
   * @param bigram its loss given the token before
   */
  public record Scores(BigramModel model, ValidationLoss unigram, ValidationLoss bigram) {}

  /**
   * Losses of both models in the blocks of a range.
   *
   * @param losses [2, blocks]
   */
  private record Part(List<List<LossSum>> losses) implements java.io.Serializable {}

  private record Range(int shard, long from, long to, DocumentMode documents)
      implements java.io.Serializable {}

  /** Something done with each neighbouring pair of tokens. */
  @FunctionalInterface
  private interface PairUse {
    void with(long place, int previous, int next);
  }

  /**
   * @param documents whether pairs across documents are counted and predicted
   */
  public Baselines(
      JavaSparkContext spark,
      String dataset,
      Broadcast<SerializableConfiguration> hadoop,
      DocumentMode documents) {
    this.spark = spark;
    this.dataset = dataset;
    this.hadoop = hadoop;
    this.documents = documents;
  }

  public Scores measure(Dataset opened) throws IOException {
    int vocabulary = opened.manifest().tokenizer().vocabulary();
    String directory = dataset;
    Broadcast<SerializableConfiguration> hadoop = this.hadoop;
    spark.sc().setJobDescription("counting pairs of tokens");
    List<Range> train = ranges(opened, Split.TRAIN.label());
    PairCounts counts =
        spark
            .parallelize(train, Math.max(1, train.size()))
            .map(range -> count(directory, hadoop, vocabulary, range))
            .treeReduce(PairCounts::plus);
    BigramModel model = new BigramModel(counts);
    Broadcast<BigramModel> shared = spark.broadcast(model);
    spark.sc().setJobDescription("scoring count models");
    List<Range> validation = ranges(opened, Split.VALIDATION.label());
    List<Part> parts =
        spark
            .parallelize(validation, Math.max(1, validation.size()))
            .map(range -> score(directory, hadoop, shared.value(), range))
            .collect();
    shared.destroy();
    return new Scores(model, sum(parts, 0), sum(parts, 1));
  }

  private static ValidationLoss sum(List<Part> parts, int model) {
    return ValidationLoss.of(
        parts.stream().flatMap(part -> part.losses().get(model).stream()).toList());
  }

  private List<Range> ranges(Dataset dataset, String split) {
    List<Range> ranges = new ArrayList<>();
    List<Long> shards = dataset.shardTokens(split);
    for (int shard = 0; shard < shards.size(); shard++) {
      long last = shards.get(shard) - 1;
      for (long from = 0; from < last; from += TOKENS_PER_TASK) {
        ranges.add(new Range(shard, from, Math.min(last, from + TOKENS_PER_TASK), documents));
      }
    }
    return ranges;
  }

  private static PairCounts count(
      String dataset, Broadcast<SerializableConfiguration> hadoop, int vocabulary, Range range)
      throws IOException {
    PairCounts counts = new PairCounts(vocabulary);
    forEachPair(
        dataset,
        hadoop,
        Split.TRAIN.label(),
        range,
        (place, previous, next) -> counts.add(previous, next));
    return counts;
  }

  private static Part score(
      String dataset, Broadcast<SerializableConfiguration> hadoop, BigramModel model, Range range)
      throws IOException {
    int size = ValidationBlocks.PREDICTIONS;
    int blocks = Math.toIntExact((range.to() - range.from() + size - 1) / size);
    double[][] nats = new double[2][blocks];
    long[] seen = new long[blocks];
    forEachPair(
        dataset,
        hadoop,
        Split.VALIDATION.label(),
        range,
        (place, previous, next) -> {
          int block = (int) ((place - range.from()) / size);
          seen[block]++;
          nats[0][block] -= Math.log(model.unigram(next));
          nats[1][block] -= Math.log(model.bigram(previous, next));
        });
    List<List<LossSum>> losses = List.of(new ArrayList<>(), new ArrayList<>());
    for (int block = 0; block < blocks; block++) {
      losses.get(0).add(new LossSum(nats[0][block], seen[block]));
      losses.get(1).add(new LossSum(nats[1][block], seen[block]));
    }
    return new Part(losses);
  }

  /** Pairs whose first token lies in the range of a shard, by the place of that token. */
  private static void forEachPair(
      String dataset,
      Broadcast<SerializableConfiguration> hadoop,
      String split,
      Range range,
      PairUse use)
      throws IOException {
    Storage storage = new Storage(hadoop.value().value());
    try (TokenReader tokens =
        Dataset.open(storage, new Path(dataset)).tokens(split, range.shard(), range.documents())) {
      int[] block = new int[BLOCK + 1];
      float[] weights = new float[BLOCK];
      int[] starts = new int[BLOCK];
      DocumentMask mask = new DocumentMask(tokens, BLOCK);
      for (long at = range.from(); at < range.to(); at += BLOCK) {
        int pairs = (int) Math.min(BLOCK, range.to() - at);
        tokens.read(at, block, 0, pairs + 1);
        mask.fill(at, pairs, weights, starts, 0);
        for (int i = 0; i < pairs; i++) {
          if (weights[i] > 0) {
            use.with(at + i, block[i], block[i + 1]);
          }
        }
      }
    }
  }
}
