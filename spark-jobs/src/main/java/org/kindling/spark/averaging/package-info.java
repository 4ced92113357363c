/**
 * The Spark side of rounds. {@link org.kindling.spark.averaging.SparkRounds} is the engine; {@link
 * org.kindling.spark.averaging.AllGatherRdd} lets a task read the whole state; {@link
 * org.kindling.spark.averaging.Replicas} keeps a worker's buffers in an executor between rounds.
 */
package org.kindling.spark.averaging;
