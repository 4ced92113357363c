package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.training.ShardUpdate;
import org.kindling.training.WorkerReport;
import scala.reflect.ClassTag$;

/**
 * The update of a round as executors keep it. Between processes a shard of it is one array of bytes
 * ({@link UpdateFormat}), which goes to the second executor as it is; within one it is the object.
 */
record StoredUpdate(StoredShards<Object> shards) implements Serializable {

  /** To be persisted. */
  static RDD<?> stored(RDD<ShardUpdate> update) {
    return update.context().isLocal()
        ? update
        : new ZipRdd<ShardUpdate, Void, byte[]>(
            update,
            null,
            (shard, none) -> UpdateFormat.pack(shard),
            ClassTag$.MODULE$.apply(byte[].class));
  }

  /** What is persisted of one, as tasks find it. */
  static StoredUpdate of(RDD<?> stored) {
    return new StoredUpdate(new StoredShards<>(stored.id(), !stored.context().isLocal()));
  }

  /**
   * Reads a shard's.
   *
   * @throws LostShardException if no executor has it any more
   */
  ShardUpdate read(int shard, Received received) throws IOException {
    Object element = shards.read(shard, received);
    return element instanceof byte[] packed ? UpdateFormat.unpack(packed) : (ShardUpdate) element;
  }

  List<String> places(int shard) {
    return shards.places(shard);
  }

  /** The reports of what is stored of a shard. */
  static List<WorkerReport> reports(Object element) {
    return element instanceof byte[] packed
        ? UpdateFormat.reports(packed)
        : ((ShardUpdate) element).reports();
  }

  /** Bytes of what is stored of a shard. */
  static long bytes(Object element) {
    return element instanceof byte[] packed ? packed.length : ((ShardUpdate) element).bytes();
  }
}
