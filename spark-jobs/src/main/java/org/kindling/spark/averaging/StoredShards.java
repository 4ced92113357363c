package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.RDDBlockId;
import scala.Enumeration;
import scala.Option;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The elements of a persisted RDD with one element a partition, as tasks find them: in the block
 * manager, wherever a replica is. No lineage leads to them, so one that is gone is gone.
 *
 * @param rdd its number
 * @param packed whether an element is an array of bytes: Spark sends these otherwise than objects,
 *     and reads what comes from another machine as the reader says it is
 * @param <T> an element
 */
record StoredShards<T>(int rdd, boolean packed) implements Serializable {
  /** Of elements that are objects. */
  StoredShards(int rdd) {
    this(rdd, false);
  }

  private ClassTag<Object> tag() {
    @SuppressWarnings({"unchecked", "rawtypes"})
    ClassTag<Object> tag =
        packed ? (ClassTag) ClassTag$.MODULE$.apply(byte[].class) : AllGatherRdd.<Object>anyTag();
    return tag;
  }

  /** Counts what came from other machines. */
  static final class Received {
    private long bytes;

    void add(long more) {
      bytes += more;
    }

    long bytes() {
      return bytes;
    }

    /** Puts them among what Spark says of this task's input. */
    void tellSpark() {
      TaskContext.get().taskMetrics().inputMetrics().incBytesRead(bytes);
    }
  }

  /**
   * Reads an element; it is shared with other tasks, read only.
   *
   * @throws LostShardException if no executor has it any more
   */
  T read(int shard, Received received) throws IOException {
    BlockId block = new RDDBlockId(rdd, shard);
    Option<BlockResult> found = SparkEnv.get().blockManager().get(block, tag());
    if (found.isEmpty()) {
      throw new LostShardException(block.name());
    }
    BlockResult result = found.get();
    if (isRemote(result.readMethod())) {
      received.add(result.bytes());
    }
    scala.collection.Iterator<?> elements = result.data();
    @SuppressWarnings("unchecked")
    T element = (T) elements.next();
    // At its end the iterator gives the block's lock back.
    if (elements.hasNext()) {
      throw new IllegalStateException(block.name() + " holds more than one element");
    }
    return element;
  }

  /** Where an element is, as Spark writes it; to be asked by the driver. */
  List<String> places(int shard) {
    List<String> places = new ArrayList<>();
    scala.collection.Seq<BlockManagerId> holders =
        SparkEnv.get().blockManager().master().getLocations(new RDDBlockId(rdd, shard));
    JavaConverters.asJavaCollection(holders).forEach(holder -> places.add(executor(holder)));
    return places;
  }

  /** An executor as Spark's schedulers write it. */
  static String executor(BlockManagerId id) {
    return "executor_" + id.host() + "_" + id.executorId();
  }

  private static boolean isRemote(Enumeration.Value method) {
    return method.toString().equals("Network");
  }
}
