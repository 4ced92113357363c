package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.model.LanguageModels;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;
import org.kindling.training.RunDescription;
import org.kindling.training.StateLayout;

/** Writes the whole model as one file, on an executor, from the state that it holds. */
record ModelFileTask(
    RunDescription run,
    StateLayout layout,
    StateRef state,
    String directory,
    Broadcast<SerializableConfiguration> hadoop)
    implements TaskRdd.Task<FileChecksum> {

  @Override
  public Iterator<FileChecksum> run(int partition) throws IOException {
    FileChecksum file =
        HeldStates.use(
            run,
            layout,
            state,
            new Received(),
            held ->
                Checkpoint.writeModel(
                    new Storage(hadoop.value().value()),
                    new Path(directory),
                    LanguageModels.layout(run.model(), run.vocabulary()),
                    held::readParameters));
    return List.of(file).iterator();
  }
}
