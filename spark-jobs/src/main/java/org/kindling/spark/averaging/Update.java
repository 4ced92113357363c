package org.kindling.spark.averaging;

import java.io.Serializable;
import org.kindling.training.ShardUpdate;

/** What one worker made of one shard in a round. */
record Update(int worker, ShardUpdate shard) implements Serializable {}
