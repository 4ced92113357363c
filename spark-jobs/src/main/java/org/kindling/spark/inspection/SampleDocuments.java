package org.kindling.spark.inspection;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DatasetManifest;
import org.kindling.corpus.IndexedTokens;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/** Documents drawn at random; of long ones only the beginning is read. */
final class SampleDocuments {
  private static final int MOST_TOKENS = 512;
  private static final int MOST_CHARACTERS = 400;

  private final Storage storage;
  private final Dataset dataset;
  private final Tokenizer tokenizer;

  SampleDocuments(Storage storage, Dataset dataset, Tokenizer tokenizer) {
    this.storage = storage;
    this.dataset = dataset;
    this.tokenizer = tokenizer;
  }

  /**
   * @param shards to draw from
   * @param count how many, fewer if there are not so many
   */
  List<InspectionReport.Sample> draw(List<DatasetManifest.Shard> shards, int count, long seed)
      throws IOException {
    long documents = shards.stream().mapToLong(DatasetManifest.Shard::documents).sum();
    List<InspectionReport.Sample> samples = new ArrayList<>();
    for (long number : choose(documents, count, seed)) {
      int shard = 0;
      long within = number;
      while (within >= shards.get(shard).documents()) {
        within -= shards.get(shard).documents();
        shard++;
      }
      samples.add(read(shards.get(shard).name(), within));
    }
    return samples;
  }

  /**
   * Different numbers below a limit, every set of them equally likely.
   *
   * @see <a href="https://doi.org/10.1145/30401.315746">Bentley and Floyd 1987, A Sample of
   *     Brilliance</a>
   */
  static Set<Long> choose(long limit, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Set<Long> chosen = new TreeSet<>();
    for (long last = Math.max(0, limit - count); last < limit; last++) {
      long drawn = random.nextLong(last + 1);
      chosen.add(chosen.contains(drawn) ? last : drawn);
    }
    return chosen;
  }

  private InspectionReport.Sample read(String shard, long document) throws IOException {
    IndexedTokens tokens = IndexedTokens.open(storage, dataset.directory(), shard);
    long length = tokens.documentTokens(document);
    String text = tokenizer.decodeText(tokens.document(document, MOST_TOKENS));
    boolean whole = length <= MOST_TOKENS;
    if (!whole) {
      // The cut may go through a character.
      text = text.replaceFirst("\uFFFD$", "");
    }
    if (text.codePointCount(0, text.length()) > MOST_CHARACTERS) {
      text = text.substring(0, text.offsetByCodePoints(0, MOST_CHARACTERS));
      whole = false;
    }
    return new InspectionReport.Sample(shard, document, length, text, whole);
  }
}
