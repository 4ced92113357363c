package org.kindling.spark.averaging;

import java.io.Serializable;
import org.kindling.training.StateShard;

/** What one worker made of one shard in a round: the shard after its local steps. */
record Update(int worker, StateShard shard) implements Serializable {}
