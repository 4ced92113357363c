/**
 * Checkpoints: what a run writes so that it can go on after anything, and so that others can read
 * its model. {@link org.kindling.checkpoint.CheckpointStore} lists, checks and retains them; {@link
 * org.kindling.checkpoint.CheckpointWriter} commits one.
 *
 * <p>Models of others come in and go out by {@link org.kindling.checkpoint.HuggingFaceConfig}, what
 * a model computes, and {@link org.kindling.checkpoint.HuggingFaceTensors}, its numbers, which lie
 * in files that {@link org.kindling.checkpoint.SafetensorsDirectory} opens.
 */
package org.kindling.checkpoint;
