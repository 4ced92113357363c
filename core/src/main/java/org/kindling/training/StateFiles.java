package org.kindling.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.FlatSource;
import org.kindling.exchange.Coded;
import org.kindling.optimizer.MomentSpec;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/** State shards as files of a checkpoint, every vector by its name in float32. */
public final class StateFiles {
  private static final String PARAMETERS = "parameters";
  private static final String OUTER_MOMENTUM = "outer_momentum";

  private StateFiles() {}

  public static FileChecksum write(
      Storage storage, Path directory, StateLayout layout, StateShard state) throws IOException {
    Map<String, float[]> vectors = new TreeMap<>();
    vectors.put(PARAMETERS, state.parameters());
    for (int m = 0; m < layout.moments().size(); m++) {
      vectors.put(layout.moments().get(m).name(), state.moments().get(m).toFloats());
    }
    if (state.outerMomentum() != null) {
      vectors.put(OUTER_MOMENTUM, state.outerMomentum());
    }
    return Checkpoint.writeShard(storage, directory, state.index(), layout.shards(), vectors);
  }

  /**
   * @param hasMomentum whether the run wants an outer momentum; zeros where the checkpoint has none
   * @throws CorruptFileException if the file does not hold this shard of these vectors
   */
  public static StateShard read(
      Storage storage, Path directory, StateLayout layout, int shard, boolean hasMomentum)
      throws IOException {
    Map<String, float[]> vectors = Checkpoint.readShard(storage, directory, shard, layout.shards());
    int length = layout.parameters().length(shard);
    String where = directory + " shard " + shard;
    float[] parameters = require(where, vectors, PARAMETERS, length);
    List<Coded> moments = new ArrayList<>();
    for (int m = 0; m < layout.moments().size(); m++) {
      MomentSpec moment = layout.moments().get(m);
      moments.add(Coded.of(require(where, vectors, moment.name(), layout.moment(m).length(shard))));
    }
    float[] momentum = hasMomentum ? vectors.getOrDefault(OUTER_MOMENTUM, new float[length]) : null;
    return new StateShard(shard, parameters, momentum, moments);
  }

  private static float[] require(
      String where, Map<String, float[]> vectors, String name, int length)
      throws CorruptFileException {
    float[] vector = vectors.get(name);
    if (vector == null && vectors.containsKey(PARAMETERS)) {
      throw new IllegalArgumentException(
          "optimizer.kind: "
              + where
              + " has no vector "
              + name
              + " but "
              + String.join(", ", new TreeMap<>(vectors).keySet())
              + ": it was trained with another optimizer; go on with that one, or begin a new run"
              + " from the model");
    }
    if (vector == null || vector.length != length) {
      throw new CorruptFileException(
          where,
          0,
          "expected a vector " + name + " of " + length + " elements; restore the checkpoint");
    }
    return vector;
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
