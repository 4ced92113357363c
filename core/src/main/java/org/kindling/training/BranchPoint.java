package org.kindling.training;

import org.apache.hadoop.fs.Path;

/**
 * The end of a prefix of steps that a run shares with another one, whose settings are the same up
 * to there. The run starts from the other's checkpoint instead of from its init, and ends with the
 * bits that it would have alone.
 *
 * @param prefixRun directory of the other run
 * @param step of its checkpoint
 */
public record BranchPoint(Path prefixRun, long step) {}
