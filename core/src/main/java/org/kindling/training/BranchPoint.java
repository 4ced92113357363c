package org.kindling.training;

import org.apache.hadoop.fs.Path;

/**
 * Where a run leaves the path of another that has the same settings up to there: it starts from
 * that run's checkpoint instead of from random parameters, and gets the bits that it would have got
 * alone.
 *
 * @param trunk directory of the other run
 * @param step of its checkpoint
 */
public record BranchPoint(Path trunk, long step) {}
