/**
 * Data-parallel training in rounds: every worker takes a few optimizer steps of its own, then the
 * workers' parameters are averaged. {@link org.kindling.training.Worker} is the inner loop, {@link
 * org.kindling.training.Averaging} the arithmetic between rounds, {@link
 * org.kindling.training.TrainingRun} the loop around both with checkpoints and metrics, and {@link
 * org.kindling.training.LocalRounds} runs it all in one process: the reference that the Spark side
 * must equal bit for bit.
 */
package org.kindling.training;
