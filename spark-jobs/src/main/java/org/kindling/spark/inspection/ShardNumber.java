package org.kindling.spark.inspection;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.kindling.corpus.Dataset;

/**
 * A shard as a task finds it.
 *
 * @param dataset directory of the dataset
 * @param number in its split, from 0
 */
record ShardNumber(String dataset, String split, int number) implements Serializable {
  /** All shards of some splits. */
  static List<ShardNumber> of(Dataset dataset, Iterable<String> splits) {
    List<ShardNumber> shards = new ArrayList<>();
    for (String split : splits) {
      for (int number = 0; number < dataset.split(split).shards().size(); number++) {
        shards.add(new ShardNumber(dataset.directory().toString(), split, number));
      }
    }
    return shards;
  }
}
