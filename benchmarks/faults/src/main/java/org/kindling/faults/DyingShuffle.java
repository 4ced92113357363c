package org.kindling.faults;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.shuffle.api.ShuffleDataIO;
import org.apache.spark.shuffle.api.ShuffleDriverComponents;
import org.apache.spark.shuffle.api.ShuffleExecutorComponents;
import org.apache.spark.shuffle.api.ShuffleMapOutputWriter;
import org.apache.spark.shuffle.api.ShufflePartitionWriter;
import org.apache.spark.shuffle.api.SingleSpillShuffleMapOutputWriter;
import org.apache.spark.shuffle.api.metadata.MapOutputCommitMessage;
import org.apache.spark.shuffle.sort.io.LocalDiskShuffleDataIO;

/**
 * Spark's own shuffle files, except that an executor which is to die while it writes them does so
 * after the first partition.
 */
public final class DyingShuffle implements ShuffleDataIO {
  /** Set by a rule of phase {@code write}. */
  static volatile boolean armed;

  private final ShuffleDataIO files;

  public DyingShuffle(SparkConf conf) {
    files = new LocalDiskShuffleDataIO(conf);
  }

  @Override
  public ShuffleDriverComponents driver() {
    return files.driver();
  }

  @Override
  public ShuffleExecutorComponents executor() {
    return new Components(files.executor());
  }

  private record Components(ShuffleExecutorComponents files) implements ShuffleExecutorComponents {
    @Override
    public void initializeExecutor(String application, String executor, Map<String, String> conf) {
      files.initializeExecutor(application, executor, conf);
    }

    @Override
    public ShuffleMapOutputWriter createMapOutputWriter(int shuffle, long map, int partitions)
        throws IOException {
      return new Writer(files.createMapOutputWriter(shuffle, map, partitions));
    }

    @Override
    public Optional<SingleSpillShuffleMapOutputWriter> createSingleFileMapOutputWriter(
        int shuffle, long map) throws IOException {
      return files.createSingleFileMapOutputWriter(shuffle, map);
    }
  }

  private record Writer(ShuffleMapOutputWriter file) implements ShuffleMapOutputWriter {
    @Override
    public ShufflePartitionWriter getPartitionWriter(int partition) throws IOException {
      if (armed && partition > 0) {
        FaultExecutor.kill();
      }
      return file.getPartitionWriter(partition);
    }

    @Override
    public MapOutputCommitMessage commitAllPartitions(long[] checksums) throws IOException {
      if (armed) {
        FaultExecutor.kill();
      }
      return file.commitAllPartitions(checksums);
    }

    @Override
    public void abort(Throwable error) throws IOException {
      file.abort(error);
    }
  }
}
