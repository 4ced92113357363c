package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.model.LanguageModels;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;
import org.kindling.training.RunDescription;
import org.kindling.training.Sharding;
import org.kindling.training.StateFiles;
import org.kindling.training.StateShard;

/** Writes the whole model as one file, on an executor. */
record ModelFileTask(
    RunDescription run,
    Sharding sharding,
    String directory,
    Broadcast<SerializableConfiguration> hadoop)
    implements AllGatherRdd.Task<StateShard, FileChecksum> {

  @Override
  public Iterator<FileChecksum> run(int partition, Iterator<StateShard> state) throws IOException {
    StateShard[] shards = new StateShard[sharding.count()];
    state.forEachRemaining(shard -> shards[shard.index()] = shard);
    return List.of(
            Checkpoint.writeModel(
                new Storage(hadoop.value().value()),
                new Path(directory),
                LanguageModels.layout(run.model(), run.vocabulary()),
                StateFiles.parameters(sharding, shards)))
        .iterator();
  }
}
