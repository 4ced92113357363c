/**
 * The Spark side of rounds. {@link org.kindling.spark.averaging.SparkRounds} is the engine; {@link
 * org.kindling.spark.averaging.StoredState} is the state between executors and {@link
 * org.kindling.spark.averaging.HeldStates} what each of them holds of it; {@link
 * org.kindling.spark.averaging.TrainTask} is a worker's part of a round, {@link
 * org.kindling.spark.averaging.ReduceScatter} brings the parts together, and {@link
 * org.kindling.spark.averaging.Replicas} keeps a worker's buffers in an executor between rounds.
 */
package org.kindling.spark.averaging;
