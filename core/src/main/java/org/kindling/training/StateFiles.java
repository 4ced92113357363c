package org.kindling.training;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.FlatSource;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/** State shards as files of a checkpoint. */
public final class StateFiles {
  private static final String PARAMETERS = "parameters";
  private static final String FIRST_MOMENT = "first_moment";
  private static final String SECOND_MOMENT = "second_moment";
  private static final String OUTER_MOMENTUM = "outer_momentum";

  /**
   * A shard as read back.
   *
   * @param momentum null if the checkpoint has none
   */
  public record Restored(StateShard state, float[] momentum) implements java.io.Serializable {}

  private StateFiles() {}

  /**
   * @param momentum [shard length], or null if the run has none
   */
  public static FileChecksum write(
      Storage storage, Path directory, Sharding sharding, StateShard state, float[] momentum)
      throws IOException {
    Map<String, float[]> vectors = new TreeMap<>();
    vectors.put(PARAMETERS, state.parameters());
    vectors.put(FIRST_MOMENT, state.firstMoment());
    vectors.put(SECOND_MOMENT, state.secondMoment());
    if (momentum != null) {
      vectors.put(OUTER_MOMENTUM, momentum);
    }
    return Checkpoint.writeShard(storage, directory, state.index(), sharding.count(), vectors);
  }

  /**
   * @throws CorruptFileException if the file does not hold this shard of these vectors
   */
  public static Restored read(Storage storage, Path directory, Sharding sharding, int shard)
      throws IOException {
    Map<String, float[]> vectors =
        Checkpoint.readShard(storage, directory, shard, sharding.count());
    for (String name : List.of(PARAMETERS, FIRST_MOMENT, SECOND_MOMENT)) {
      float[] vector = vectors.get(name);
      if (vector == null || vector.length != sharding.length(shard)) {
        throw new CorruptFileException(
            directory + " shard " + shard,
            0,
            "expected a vector "
                + name
                + " of "
                + sharding.length(shard)
                + " elements; restore the checkpoint");
      }
    }
    StateShard state =
        new StateShard(
            shard,
            vectors.get(PARAMETERS),
            vectors.get(FIRST_MOMENT),
            vectors.get(SECOND_MOMENT),
            List.of());
    return new Restored(state, vectors.get(OUTER_MOMENTUM));
  }

  /** The parameters of a whole state, to be read as one flat vector. */
  public static FlatSource parameters(Sharding sharding, StateShard[] shards) {
    return (from, target, length) -> {
      int shard = 0;
      while (sharding.offset(shard + 1) <= from) {
        shard++;
      }
      for (int done = 0; done < length; shard++) {
        int at = Math.toIntExact(from + done - sharding.offset(shard));
        int n = Math.min(length - done, sharding.length(shard) - at);
        System.arraycopy(shards[shard].parameters(), at, target, done, n);
        done += n;
      }
    };
  }
}
