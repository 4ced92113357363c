/** Scoring checkpoints and count models on executors, piece by piece. */
package org.kindling.spark.evaluation;
