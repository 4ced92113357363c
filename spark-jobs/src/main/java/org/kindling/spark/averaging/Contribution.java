package org.kindling.spark.averaging;

import java.io.Serializable;
import org.kindling.training.StateSlice;

/** What one worker made of one slice in a round. */
record Contribution(int worker, StateSlice slice) implements Serializable {}
