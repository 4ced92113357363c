/**
 * Checkpoints: what a run writes so that it can go on after anything, and so that others can read
 * its model. {@link org.kindling.checkpoint.CheckpointStore} lists, checks and retains them; {@link
 * org.kindling.checkpoint.CheckpointWriter} commits one.
 */
package org.kindling.checkpoint;
